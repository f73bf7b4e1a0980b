export { type AuthAnswer, authCall } from './auth';
export { alone, useTRPC, useTRPCClient } from './client';
export { settleConfirmation, useConfirmationAsked } from './confirmation';
export { DataProvider, toSignIn } from './provider';
