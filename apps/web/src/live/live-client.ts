import type { Board, Fleet, Frame, LiveClientEvents, LiveServerEvents } from '@reeve/core/vocabulary';
import { mark } from './marks';
import type { LiveStore } from './store';

export type Phase = 'loading' | 'live' | 'reconnecting' | 'failed';
export type LiveStatus = { phase: Phase; lastHeardMs: number | null; error: unknown };

/** What the client needs of a socket; socket.io's own fits. */
export interface LiveSocket {
  on(event: 'frame', listener: LiveServerEvents['frame']): void;
  on(event: 'connect' | 'disconnect' | 'heard', listener: () => void): void;
  on(event: 'connect_error', listener: (error: Error) => void): void;
  resume: LiveClientEvents['resume'];
  close(): void;
}
export type LiveClientOptions = {
  store: LiveStore;
  /** The two parts of a snapshot; the second is asked for when the first is on its way to the screen. */
  fleet(): Promise<Fleet>;
  board(): Promise<Board>;
  connect(): LiveSocket | Promise<LiveSocket>;
  /** The next animation frame; a timer while the page is hidden. */
  schedule(run: () => void): void;
  nowMs(): number;
  onStatus(status: LiveStatus): void;
  onSignedOut(): void;
  isSignedOut(error: unknown): boolean;
  retryMs?: number;
};

/**
 * Snapshot, then frames. The snapshot comes in two parts, so that the tree is drawn before the tasks have been read; the
 * frames go on from the `seq` of the first, which is the older. A frame counts only when it continues the last one; any gap asks for what was missed
 * (`resume`), since a reconnection alone lost 98 frames of 30 s unseen when it was measured.
 */
export class LiveClient {
  readonly #o: LiveClientOptions;
  #socket: LiveSocket | undefined;
  #last = -1;
  #held: Frame[] = [];
  #resuming = false;
  #scheduled = false;
  #closed = false;
  #loads = 0;
  #ready: Frame[] = [];
  #status: LiveStatus = { phase: 'loading', lastHeardMs: null, error: null };

  constructor(options: LiveClientOptions) {
    this.#o = options;
  }

  async start(): Promise<void> {
    if (!(await this.#load())) {
      // the fleet is on screen and only the rest failed: no button asks for that
      if (!this.#closed && this.#o.store.ready) setTimeout(() => this.#closed || void this.start(), this.#o.retryMs ?? 2000);
      return;
    }
    const socket = await this.#o.connect();
    if (this.#closed) return socket.close();
    this.#socket = socket;
    socket.on('connect', () => this.#resume());
    socket.on('disconnect', () => {
      this.#resuming = false;
      this.#tell({ phase: 'reconnecting' });
    });
    socket.on('connect_error', (error) => {
      if (this.#o.isSignedOut(error) || /unauthenticated|401/i.test(error.message)) return this.#o.onSignedOut();
      this.#tell({ phase: 'reconnecting', error });
    });
    socket.on('heard', () => this.#tell({ lastHeardMs: this.#o.nowMs() }));
    socket.on('frame', (frame) => this.#take(frame));
  }
  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }
  /** After a failed first load. */
  retry(): void {
    this.#tell({ phase: 'loading', error: null });
    void this.start();
  }

  /** False where it failed, or where a later load has taken its place: parts of two loads must not mix. */
  async #load(): Promise<boolean> {
    const mine = ++this.#loads;
    const given = () => this.#closed || mine !== this.#loads;
    const { store } = this.#o;
    mark('asked');
    try {
      const fleet = await this.#o.fleet();
      if (given()) return false;
      mark('data');
      this.#ready = [];
      store.loadFleet(fleet);
      store.flush();
      const board = await this.#o.board();
      if (given()) return false;
      store.loadBoard(board);
      // only now: with half of it the other half would miss what lies between
      this.#last = fleet.seq;
      store.flush();
      this.#tell({ phase: this.#socket ? 'live' : this.#status.phase, lastHeardMs: this.#o.nowMs(), error: null });
      return true;
    } catch (error) {
      if (given()) return false;
      if (this.#o.isSignedOut(error)) this.#o.onSignedOut();
      this.#tell({ phase: store.ready ? 'reconnecting' : 'failed', error });
      return false;
    }
  }

  #take(frame: Frame): void {
    if (this.#resuming) return void this.#held.push(frame);
    if (frame.fromSeq > this.#last + 1) {
      this.#held.push(frame);
      this.#resume();
      return;
    }
    // older than what we have (it crossed a resume); a heartbeat-only frame stands right behind `last`
    if (frame.toSeq <= this.#last && frame.fromSeq <= this.#last) return;
    this.#last = Math.max(this.#last, frame.toSeq);
    this.#ready.push(frame);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#o.schedule(() => this.#apply());
  }

  #apply(): void {
    this.#scheduled = false;
    const frames = this.#ready;
    this.#ready = [];
    for (const frame of frames) for (const patch of frame.patches) this.#o.store.apply(patch);
    this.#o.store.advance(this.#last);
    this.#o.store.flush();
    this.#tell({ phase: 'live', lastHeardMs: this.#o.nowMs() });
  }

  #resume(): void {
    const socket = this.#socket;
    if (this.#resuming || !socket) return;
    this.#resuming = true;
    socket.resume({ afterSeq: this.#last }, async (answer) => {
      if (this.#closed) return;
      if ('frame' in answer) {
        this.#resuming = false;
        this.#tell({ phase: 'live', lastHeardMs: this.#o.nowMs(), error: null });
        this.#take(answer.frame);
      } else {
        const loaded = await this.#load();
        this.#resuming = false;
        if (!loaded) {
          if (!this.#closed) setTimeout(() => this.#resume(), this.#o.retryMs ?? 2000);
          return;
        }
      }
      const held = this.#held;
      this.#held = [];
      for (const frame of held) this.#take(frame);
    });
  }

  #tell(change: Partial<LiveStatus>): void {
    const next = { ...this.#status, ...change };
    // once a second is enough for "2 s ago"
    const sameSecond = Math.floor((next.lastHeardMs ?? 0) / 1000) === Math.floor((this.#status.lastHeardMs ?? 0) / 1000);
    const quiet = next.phase === this.#status.phase && next.error === this.#status.error && sameSecond;
    this.#status = next;
    if (!quiet) this.#o.onStatus(next);
  }
}
