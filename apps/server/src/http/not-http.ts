import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WireError } from '../trpc/failure.ts';

type Refusal = { status: string; error: WireError };

/** What Node's parser refuses before there is a request, in the shape of every other error. */
function refusalOf(code: string | undefined, limitBytes: number): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = `Address and headers are larger than ${limitBytes} bytes together. Send less in them.`;
    return { status: '413 Payload Too Large', error: { code: 'too_large', message, limitBytes } };
  }
  const slow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const message = slow ? 'The request did not arrive in time. Send it at once.' : 'This is no HTTP request.';
  return {
    status: slow ? '408 Request Timeout' : '400 Bad Request',
    error: { code: 'invalid_input', message, issues: [{ path: '', message }] },
  };
}

/** Answers what is no request, and closes its connection: nothing more on it can be told apart. */
export function refuseWhatIsNoRequest(http: Server, limitBytes: number): void {
  http.on('clientError', (e: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || e.code === 'ECONNRESET') return void socket.destroy();
    const { status, error } = refusalOf(e.code, limitBytes);
    const body = JSON.stringify({ error });
    const head = ['content-type: application/json; charset=utf-8', `content-length: ${Buffer.byteLength(body)}`, 'cache-control: no-store'];
    socket.end(`HTTP/1.1 ${status}\r\n${[...head, 'connection: close'].join('\r\n')}\r\n\r\n${body}`);
  });
}
