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

/**
 * Opens a socket with the framenest subprotocol and without compression: tokens do not compress, and deflate costs
 * seven times the throughput. In a browser it is the browser's own, in Node the `ws` package's.
 * @throws FramenestError CONNECT_FAILED
 */
export async function openSocket(url: string): Promise<ClientSocket> {
  const inBrowser = typeof process === 'undefined';
  const Socket = (inBrowser ? Reflect.get(globalThis, 'WebSocket') : (await import('ws')).WebSocket) as SocketClass;
  return new Promise((resolve, reject) => {
    let socket: ClientSocket;
    let failure = 'the connection was refused or is no WebSocket';
    try {
      socket = inBrowser ? new Socket(url, PROTOCOL) : new Socket(url, PROTOCOL, { perMessageDeflate: false });
    } catch (cause) {
      reject(cannotConnect(url, cause instanceof Error ? cause.message : 'not a WebSocket address', cause));
      return;
    }
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('error', ({ message }) => (failure = message ?? failure));
    socket.addEventListener('close', () => reject(cannotConnect(url, failure)));
    socket.addEventListener('open', () => resolve(socket));
  });
}

function cannotConnect(url: string, why: string, cause?: unknown): FramenestError {
  return new FramenestError('CONNECT_FAILED', {
    what: `Cannot connect to ${url.replace(/\/\/[^/@]*@/, '//***@')}: ${why}.`,
    mend: 'Check the address and that "framenest serve" runs there.',
    cause,
  });
}
