import type { LiveClientEvents, LiveServerEvents } from '@reeve/core/vocabulary';
import { io, type Socket } from 'socket.io-client';
import type { LiveSocket } from './live-client';

/** socket.io as the live client wants it: namespace `/live`, same origin, the session cookie. */
export function connectLive(): LiveSocket {
  const socket: Socket<LiveServerEvents, LiveClientEvents> = io('/live', {
    path: '/socket.io',
    transports: ['websocket', 'polling'],
    reconnectionDelay: 300,
    reconnectionDelayMax: 3000,
  });
  // socket.io gives up where the server itself said no (a restart in progress, a database away); we do not
  let again: ReturnType<typeof setTimeout> | undefined;
  const keepTrying = () => {
    if (socket.active) return;
    clearTimeout(again);
    again = setTimeout(() => socket.connect(), 2000);
  };
  socket.on('disconnect', (reason) => reason !== 'io client disconnect' && keepTrying());
  socket.on('connect_error', keepTrying);
  const on = (event: string, listener: (...args: never[]) => void) => {
    // the transport's ping also proves that the server is there when nothing happens
    if (event === 'heard') socket.io.on('ping', listener as () => void);
    else socket.on(event as 'frame', listener as LiveServerEvents['frame']);
  };
  return {
    on: on as LiveSocket['on'],
    resume: (request, reply) => void socket.emit('resume', request, reply),
    close: () => {
      clearTimeout(again);
      socket.close();
    },
  };
}
