// Runs in every page of the screen bench before anything else: `__bench` measures what the page itself can see.
(() => {
  const bench = { frames: [], shown: [], painted: 0, selected: 0, seen: {}, messages: 0, bytes: 0 };
  window.__bench = bench;

  /** Runs `then` when the frame that shows the present state of the page has been painted. */
  const afterPaint = (then) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = then;
      channel.port2.postMessage(0);
    });

  // `frames`: from callback to callback, what the page feels; `shown`: from frame to frame, what the eye sees
  let recording = false;
  let last = 0;
  let lastShown = 0;
  const tick = (shown) => {
    if (recording && lastShown) bench.shown.push(shown - lastShown);
    lastShown = shown;
    const now = performance.now();
    if (recording && last) bench.frames.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  bench.start = () => {
    bench.frames = [];
    bench.shown = [];
    bench.messages = 0;
    bench.bytes = 0;
    recording = true;
  };
  bench.stop = () => {
    recording = false;
    return { frames: bench.frames, shown: bench.shown, messages: bench.messages, bytes: bench.bytes };
  };

  const card = '[role=treeitem][data-agent]';
  const watch = new MutationObserver(() => {
    if (!bench.painted && document.querySelector(card)) {
      bench.painted = -1;
      afterPaint(() => {
        bench.painted = performance.now();
      });
    }
    if (!bench.selected && document.querySelector(`${card}[aria-selected=true]`)) {
      bench.selected = -1;
      afterPaint(() => {
        bench.selected = performance.now();
        watch.disconnect();
      });
    }
  });
  watch.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-selected'] });

  const visible = () =>
    [...document.querySelectorAll(`${card}[data-state=running]:not([aria-expanded=false])`)].filter((e) => {
      const r = e.getBoundingClientRect();
      if (r.left < 0 || r.top < 0 || r.right > innerWidth || r.bottom > innerHeight) return false;
      // not under a panel
      return e.contains(document.elementFromPoint(r.left + 60, r.top + r.height / 2));
    });
  bench.visible = () => visible().map((e) => e.dataset.agent);
  /**
   * A card near the middle, where panning does not take it away at once; and the moment its text is painted. Not one of
   * `busy`: what the load says of those a few times a second may take the text's place before any frame shows it.
   */
  bench.expect = (text, busy) => {
    const distance = (e) => {
      const r = e.getBoundingClientRect();
      return Math.hypot(r.left + r.width / 2 - innerWidth / 2, r.top + r.height / 2 - innerHeight / 2);
    };
    const [nearest] = visible()
      .filter((e) => !busy.includes(e.dataset.agent))
      .sort((a, b) => distance(a) - distance(b));
    if (!nearest) return null;
    const id = nearest.dataset.agent;
    const look = () => {
      if (bench.seen[text] || !document.querySelector(`[data-agent="${id}"]`)?.textContent.includes(text)) return false;
      bench.seen[text] = -1;
      observer.disconnect();
      afterPaint(() => {
        bench.seen[text] = Date.now();
      });
      return true;
    };
    const observer = new MutationObserver(look);
    observer.observe(nearest, { subtree: true, characterData: true, childList: true, attributes: true });
    const until = performance.now() + 5_000;
    const again = () => {
      if (!look() && !bench.seen[text] && performance.now() < until) requestAnimationFrame(again);
    };
    requestAnimationFrame(again);
    return id;
  };
  /** Where a card can be clicked. */
  bench.place = () => {
    const [first] = visible();
    if (!first) return null;
    const r = first.getBoundingClientRect();
    return { x: r.left + 60, y: r.top + r.height / 2 };
  };
  bench.dataArrived = () => {
    const fleet = performance.getEntriesByType('resource').find((e) => e.name.endsWith('/live.fleet'));
    const mark = (name) => performance.getEntriesByName(`reeve:${name}`)[0]?.startTime ?? 0;
    return {
      requested: fleet?.requestStart ?? 0,
      firstByte: fleet?.responseStart ?? 0,
      arrived: fleet?.responseEnd ?? 0,
      bytes: fleet?.decodedBodySize ?? 0,
      asked: mark('asked'),
      parsed: mark('data'),
      canvas: mark('tree-painted'),
    };
  };

  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', (e) => {
        bench.messages += 1;
        bench.bytes += e.data.length ?? 0;
      });
    }
  };
})();
