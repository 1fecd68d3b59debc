import { FramenestError } from '../errors.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';

/** What the client needs of a WebSocket: the part that browsers and the `ws` package have in common. */
export interface ClientSocket {
  binaryType: string;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  /** Cuts the connection without the other end's answer; browsers lack it. */
  terminate?(): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'error', listener: (event: SocketFailure) => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
}

/** Browsers say nothing of the reason. */
interface SocketFailure {
  readonly message?: string;
  readonly error?: { readonly code?: string };
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
  // Bundlers give pages a `process` without versions.
  const inNode = typeof process !== 'undefined' && (process.versions as { node?: string } | undefined)?.node;
  const Socket = (inNode ? (await import('ws')).WebSocket : Reflect.get(globalThis, 'WebSocket')) as SocketClass;
  let socket: ClientSocket;
  try {
    socket = inNode ? new Socket(url, PROTOCOL, { perMessageDeflate: false }) : new Socket(url, PROTOCOL);
  } catch {
    // Without its cause, which repeats the whole address.
    throw cannotConnect(url, 'it is no WebSocket address, such as ws://127.0.0.1:8787');
  }
  socket.binaryType = 'arraybuffer';
  let opened = false;
  let failure = 'the connection was refused or is no WebSocket';
  socket.addEventListener('open', () => (opened = true));
  // Where a name has two addresses, and both refuse, only the code says something.
  socket.addEventListener('error', ({ message, error }) => (failure = message || error?.code || failure));
  socket.addEventListener('message', ({ data }) => events.onMessage(data));
  socket.addEventListener('close', ({ code, reason }) => {
    events.onClose(code, reason, opened ? undefined : cannotConnect(url, failure));
  });
  return socket;
}

/** Why no session came about, with scheme, host and port of the address alone: its other parts may be secret. */
export function cannotConnect(url: string, why: string): FramenestError {
  const { protocol = '', host = 'the address given' } = URL.canParse(url) ? new URL(url) : {};
  return new FramenestError('CONNECT_FAILED', {
    what: `Cannot connect to ${protocol}${protocol && '//'}${host}: ${why}.`,
    mend: 'Check the address and that "framenest serve" runs there.',
  });
}
