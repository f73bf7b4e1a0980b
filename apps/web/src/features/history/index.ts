export { Past, usePastSeq } from './past';
