export { alone, fleetUrl, useTRPC, useTRPCClient } from './client';
export { DataProvider, toSignIn } from './provider';
