import { FramenestError } from '../errors.ts';
import { PROTOCOL } from '../wire/packet-codec.ts';
import { bearerProtocol } from './access.ts';
import type { Access } from './access.ts';
import { cannotConnect } from './address.ts';

/** Longest message that a client in Node reads, bytes; a longer one costs the socket at its first bytes. */
const MESSAGE_BYTES = 64 << 20;

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

type SocketClass = new (url: string, protocols: string | string[], options?: object) => ClientSocket;

/** What happens on a socket. The last call is `onClose`, also where it never opened. */
export interface SocketEvents {
  onMessage(data: unknown): void;
  /** @param failure - why the connection was never made, or what was wrong with its frames; else undefined */
  onClose(code: number, reason: string, failure: FramenestError | undefined): void;
}

/**
 * Opens a socket with the framenest subprotocol and without compression: tokens do not compress, and deflate costs
 * seven times the throughput. In a browser it is the browser's own, in Node the `ws` package's. The listeners are there
 * before it opens: a server may speak in the same breath.
 * @throws FramenestError CONNECT_FAILED where the address is none
 */
export async function openSocket(url: string, access: Access, events: SocketEvents): Promise<ClientSocket> {
  // Bundlers give pages a `process` without versions.
  const inNode = typeof process !== 'undefined' && (process.versions as { node?: string } | undefined)?.node;
  const Socket = (inNode ? (await import('ws')).WebSocket : Reflect.get(globalThis, 'WebSocket')) as SocketClass;
  let socket: ClientSocket;
  try {
    socket = inNode ? new Socket(url, PROTOCOL, nodeOptions(access)) : new Socket(url, pageProtocols(access));
  } catch {
    // Without its cause, which repeats the whole address.
    throw cannotConnect(url, 'it is no WebSocket address, such as ws://127.0.0.1:8787');
  }
  socket.binaryType = 'arraybuffer';
  let opened = false;
  let failure: FramenestError | undefined;
  socket.addEventListener('open', () => (opened = true));
  socket.addEventListener('error', (event) => (failure = opened ? badFrame(event) : refused(url, event)));
  socket.addEventListener('message', ({ data }) => events.onMessage(data));
  socket.addEventListener('close', ({ code, reason }) => {
    events.onClose(code, reason, failure ?? (opened ? undefined : refused(url, {})));
  });
  return socket;
}

function nodeOptions({ token, ca }: Access): object {
  return {
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES,
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    ...(ca !== undefined && { ca }),
  };
}

function pageProtocols({ token }: Access): string | string[] {
  return token === undefined ? PROTOCOL : [PROTOCOL, bearerProtocol(token)];
}

/** Why a connection was never made. Where a name has two addresses, and both refuse, only the code says something. */
function refused(url: string, { message, error }: SocketFailure): FramenestError {
  const status = /^Unexpected server response: (\d{3})$/.exec(message ?? '')?.[1];
  if (status === '401' || status === '403') {
    return new FramenestError('UNAUTHORIZED', {
      what: `The server lets this client not in (HTTP ${status}).`,
      mend: 'Give a token that it knows and that has not expired.',
    });
  }
  return cannotConnect(url, message || error?.code || 'the connection was refused or is no WebSocket');
}

/** What the other end did to RFC 6455; undefined where only the network failed. */
function badFrame({ error }: SocketFailure): FramenestError | undefined {
  const code = error?.code ?? '';
  if (!code.startsWith('WS_ERR_')) return undefined;
  const long = code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
  return new FramenestError(long ? 'WIRE_LIMIT' : 'PROTOCOL_VIOLATION', {
    what: long
      ? `The server sent a message of more than ${MESSAGE_BYTES} bytes.`
      : `The server sent no WebSocket frames (${code}).`,
    mend: 'Check that the address is a framenest server of this version.',
  });
}
