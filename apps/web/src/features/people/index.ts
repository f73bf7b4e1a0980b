export { Account } from './account';
export { People } from './people';
export { Tokens } from './tokens';
