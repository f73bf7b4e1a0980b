// Loaded into the server ahead of itself: when the script that started it is gone, even by kill -9, the pipe between
// them ends, and the server is told to stop as by a signal. Does nothing in a process started another way.
import { Socket } from 'node:net';

// taken out of the environment, so that no child or worker thread, whose third file may be anything, takes it for its own
const fd = Number(process.env.REEVE_LIFELINE_FD);
delete process.env.REEVE_LIFELINE_FD;

if (fd > 2) {
  const lifeline = new Socket({ fd, readable: true, writable: false });
  lifeline.on('error', () => {});
  lifeline.once('close', () => process.kill(process.pid, 'SIGTERM'));
  lifeline.resume();
  lifeline.unref();
}
