export { TaskBoard } from './board';
