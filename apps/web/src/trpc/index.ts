export { snapshotUrl, useTRPC, useTRPCClient } from './client';
export { DataProvider, toSignIn } from './provider';
