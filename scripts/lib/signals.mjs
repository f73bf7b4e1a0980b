// A terminal sends Ctrl-C to every process of its group, and npm then hands its own on to us: one keystroke arrives
// two or three times. So children stand in groups of their own, out of the terminal's reach, and are told from here,
// once for each time somebody really asked.
const ONE_KEYSTROKE_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const handlers = new Set();
let lastMs = Number.NEGATIVE_INFINITY;
/** The first signal that this script was sent. */
export let interruptedBy;

for (const signal of SIGNALS) process.on(signal, receive);

// A signal to npm alone can end npm, or the shell it runs us in, without reaching us. Its end does. (Asked only of npm:
// who starts this script in the background of a shell of his own wants it to outlive that.)
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    receive('SIGTERM');
  }, 250).unref();
}

function receive(signal) {
  const nowMs = performance.now();
  const repeated = nowMs - lastMs < ONE_KEYSTROKE_MS;
  lastMs = nowMs;
  if (repeated) return;
  interruptedBy ??= signal;
  if (handlers.size === 0) process.exit(exitCodeOf(signal));
  for (const handle of handlers) handle(signal);
}

/** While `work` runs, `onSignal` decides; otherwise a signal ends the script. */
export async function withSignals(onSignal, work) {
  handlers.add(onSignal);
  try {
    return await work();
  } finally {
    handlers.delete(onSignal);
  }
}

/** What a shell would report. */
export function exitCodeOf(signal) {
  return 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0);
}
