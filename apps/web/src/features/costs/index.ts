export { CostPage } from './cost-page';
