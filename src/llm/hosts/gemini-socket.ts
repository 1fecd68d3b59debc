import type { IncomingMessage } from 'node:http';
import type { GoogleGenAI } from '@google/genai';

/** Longest message that is read, characters: answers come in small pieces. */
const MESSAGE_MOST = 4 << 20;

/** What happens on the socket, beside what the package itself hears of. */
export interface SocketWatch {
  /** The host answered the handshake with a status of its own. */
  onRefused(response: IncomingMessage): void;
  /** It sent what is no JSON object, or too much at once. */
  onNonsense(words: string): void;
}

interface Callbacks {
  onmessage(event: { readonly data: unknown }): void;
}

/** The part of the `ws` package's socket that is used here. */
interface Socket {
  on(event: 'unexpected-response', listener: (request: unknown, response: IncomingMessage) => void): void;
  terminate(): void;
}

interface Connection {
  connect(): void;
  send(message: string): void;
  close(): void;
  readonly ws?: Socket;
}

interface Factory {
  create(url: string, headers: Record<string, string>, callbacks: Callbacks): Connection;
}

/**
 * Puts itself between the package and its sockets. The package does not read the answer to a refused handshake, cannot let
 * go of a connection before the host has greeted, and a message that is no JSON becomes a rejection that nobody can catch.
 * @param client - its `live.connect` may be called once
 * @returns cuts the connection, in whatever state it is; safe to call at any time
 */
export function watchSocket(client: GoogleGenAI, watch: SocketWatch): () => void {
  // The one place that knows of a part which the package keeps to itself.
  const live = client.live as unknown as { webSocketFactory: Factory };
  const own = live.webSocketFactory;
  let connection: Connection | undefined;
  live.webSocketFactory = {
    create(url, headers, callbacks) {
      const onmessage = (event: { readonly data: unknown }): void => {
        const data = textOf(event.data);
        const problem = problemOf(data);
        if (problem === undefined) callbacks.onmessage({ data });
        else watch.onNonsense(problem);
      };
      const made = own.create(url, headers, { ...callbacks, onmessage });
      connection = made;
      return {
        connect: () => {
          made.connect();
          made.ws?.on('unexpected-response', (_, response) => watch.onRefused(response));
        },
        send: (message) => made.send(message),
        close: () => made.close(),
      };
    },
  };
  return () => connection?.ws?.terminate();
}

function textOf(data: unknown): string {
  return Buffer.isBuffer(data) ? data.toString('utf8') : typeof data === 'string' ? data : '';
}

/** Undefined where it is a message. */
function problemOf(data: string): string | undefined {
  if (data.length > MESSAGE_MOST) return `a message has more than ${MESSAGE_MOST} characters`;
  try {
    const parsed: unknown = JSON.parse(data);
    return typeof parsed === 'object' && parsed !== null ? undefined : 'a message is no object';
  } catch {
    return 'a message is no JSON';
  }
}
