export { LocksView } from './locks-view';
