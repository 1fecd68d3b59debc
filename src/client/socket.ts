import { FramenestError } from '../errors.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';

/** What the client needs of a WebSocket: the part that browsers and the `ws` package have in common. */
export interface ClientSocket {
  binaryType: string;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'error', listener: (event: { message?: string }) => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
}

type SocketClass = new (url: string, protocols: string, options?: object) => ClientSocket;

/** What happens on a socket. The last call is `onClose`, also where it never opened. */
export interface SocketEvents {
  onMessage(data: unknown): void;
  /** @param failure - why the connection was never made; undefined once it was open */
  onClose(code: number, reason: string, failure: FramenestError | undefined): void;
}

/**
 * Opens a socket with the framenest subprotocol and without compression: tokens do not compress, and deflate costs
 * seven times the throughput. In a browser it is the browser's own, in Node the `ws` package's. The listeners are there
 * before it opens: a server may speak in the same breath.
 * @throws FramenestError CONNECT_FAILED where the address is none
 */
export async function openSocket(url: string, events: SocketEvents): Promise<ClientSocket> {
  const inBrowser = typeof process === 'undefined';
  const Socket = (inBrowser ? Reflect.get(globalThis, 'WebSocket') : (await import('ws')).WebSocket) as SocketClass;
  let socket: ClientSocket;
  try {
    socket = inBrowser ? new Socket(url, PROTOCOL) : new Socket(url, PROTOCOL, { perMessageDeflate: false });
  } catch (cause) {
    throw cannotConnect(url, cause instanceof Error ? cause.message : 'it is no WebSocket address', cause);
  }
  socket.binaryType = 'arraybuffer';
  let opened = false;
  let failure = 'the connection was refused or is no WebSocket';
  socket.addEventListener('open', () => (opened = true));
  socket.addEventListener('error', ({ message }) => (failure = message ?? failure));
  socket.addEventListener('message', ({ data }) => events.onMessage(data));
  socket.addEventListener('close', ({ code, reason }) => {
    events.onClose(code, reason, opened ? undefined : cannotConnect(url, failure));
  });
  return socket;
}

function cannotConnect(url: string, why: string, cause?: unknown): FramenestError {
  return new FramenestError('CONNECT_FAILED', {
    what: `Cannot connect to ${url.replace(/\/\/[^/@]*@/, '//***@')}: ${why}.`,
    mend: 'Check the address and that "framenest serve" runs there.',
    cause,
  });
}
