import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { OpenAIRealtimeWS } from 'openai/realtime/ws';
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { brokenAnswer, hostWords, silentHost } from './host-error.ts';
import type { HostIdentity } from './host-error.ts';

/** Longest event that is read, bytes: an answer comes in small pieces. */
const EVENT_BYTES = 4 << 20;

/** How much is read of what a host says where it refuses a connection, characters. */
const REFUSAL_MOST = 4096;

/** Where a session is, and who asks. */
export interface RealtimeAddress {
  /** `https://api.openai.com/v1`; with `http:` the connection is not encrypted. */
  readonly baseURL: string;
  readonly model: string;
  readonly apiKey: string;
  /** Until the connection stands, seconds. */
  readonly silenceS: number;
}

/** What happens on a connection. */
export interface RealtimeEvents {
  onEvent(event: RealtimeServerEvent): void;
  /** The last call: it is over, and why. Not called after `close`. */
  onOver(thrown: Error): void;
}

/** An open connection. */
export interface RealtimeSocket {
  send(event: RealtimeClientEvent): void;
  /** Cuts it. Safe to call twice. */
  close(): void;
}

/**
 * Connects with the `openai` package.
 * @throws what `hostError` maps to HOST_UNREACHABLE, HOST_REFUSED, HOST_BUSY or HOST_FAILED
 */
export async function openRealtimeSocket(
  address: RealtimeAddress,
  host: HostIdentity,
  events: RealtimeEvents,
  signal: AbortSignal,
): Promise<RealtimeSocket> {
  const { OpenAIRealtimeWS: Connection } = await import('openai/realtime/ws');
  const options = { maxPayload: EVENT_BYTES, ...plain(address.baseURL) };
  const connection = new Connection({ model: address.model, options }, address);
  const { socket } = connection;
  let closed = false;
  const close = (): void => {
    closed = true;
    socket.terminate();
  };
  const over = (thrown: Error): void => {
    if (closed) return;
    close();
    events.onOver(thrown);
  };
  connection.on('event', (event) => events.onEvent(event));
  // From the first moment: without a listener the package rejects a promise that nobody has. What the host itself says is an
  // event too.
  connection.on('error', (error) => {
    if (!error.error && socket.readyState !== socket.CONNECTING) over(brokenAnswer(host, hostWords(error.message)));
  });
  try {
    await opened(socket, address.silenceS, host, signal);
  } catch (thrown) {
    close();
    throw thrown;
  }
  socket.once('close', (code, reason) => over(closedError(code, reason.toString(), host)));
  return { close, send: (event) => connection.send(event) };
}

/** The package makes every address `wss:`; a host of one's own may speak without TLS. */
function plain(baseURL: string): object {
  const { protocol, hostname, port } = new URL(baseURL);
  if (protocol !== 'http:' && protocol !== 'ws:') return {};
  const host = hostname.replace(/^\[|\]$/g, '');
  return { createConnection: () => connect({ host, port: Number(port || 80) }) };
}

type Socket = OpenAIRealtimeWS['socket'];

function opened(socket: Socket, silenceS: number, host: HostIdentity, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(silentHost(host, silenceS)), silenceS * 1000);
    const abort = (): void => reject(new Error('The question was taken back.'));
    const closed = (): void => reject(brokenAnswer(host, 'it closed the connection'));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('close', closed);
    socket.once('unexpected-response', (_, response) => void refusal(response).then(reject));
    socket.once('open', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.off('error', reject).off('close', closed);
    });
    socket.once('close', () => clearTimeout(timer));
    if (signal.aborted) abort();
  });
}

/** What a refused handshake says, in a form that `hostError` and `retryAfterMs` read. */
export async function refusal(response: IncomingMessage): Promise<Error> {
  let words = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      words += chunk;
      if (words.length > REFUSAL_MOST) break;
    }
  } catch {
    // Its status says enough.
  }
  const asked = response.headers['retry-after'];
  const headers = new Headers(asked === undefined ? {} : { 'retry-after': asked });
  return Object.assign(new Error(words), { status: response.statusCode ?? 500, headers });
}

function closedError(code: number, reason: string, host: HostIdentity): Error {
  const words =
    reason === ''
      ? `the connection was closed with ${code}`
      : hostWords(`it closed with ${code}, ${reason}`, host.secrets);
  return brokenAnswer(host, words);
}
