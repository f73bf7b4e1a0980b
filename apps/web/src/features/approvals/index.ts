export { Dossier } from './dossier';
export { Inbox } from './inbox';
