import { FramenestError, asFramenestError, errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { parseServerMessage } from '../wire/control-message.ts';
import type { StreamFacts } from '../wire/control-message.ts';
import { Client } from './client.ts';
import { cannotConnect, openSocket } from './socket.ts';

/** How to connect. */
export interface ConnectOptions {
  /** Until the server's welcome, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

/**
 * Connects to a framenest server.
 * @param url - `ws://host:port`
 * @throws FramenestError CONNECT_FAILED, PROTOCOL_VIOLATION where the other end is something else, CONNECTION_LOST before
 * the server's welcome
 */
export function connect(url: string, { timeoutMs = 10_000 }: ConnectOptions = {}): Promise<Client> {
  return new Promise((resolve, reject) => {
    let client: Client | undefined;
    const fail = (error: FramenestError): void => {
      clearTimeout(timer);
      client?.fail(error);
      reject(error);
    };
    const opening = openSocket(url, {
      onMessage: (data) => {
        // `opening` is settled before the first message.
        void opening.then((socket) => {
          try {
            if (client) return client.receive(data);
            client = new Client(socket, welcomedStreams(data));
            clearTimeout(timer);
            resolve(client);
          } catch (thrown) {
            fail(asFramenestError(thrown));
            socket.close(1000);
          }
        });
      },
      onClose: (code, reason, failure) => fail(failure ?? lost(code, reason)),
    });
    const timer = setTimeout(() => {
      fail(cannotConnect(url, `no welcome came within ${timeoutMs} ms`));
      void opening.then((socket) => (socket.terminate ? socket.terminate() : socket.close()));
    }, timeoutMs);
    opening.catch(fail);
  });
}

function welcomedStreams(data: unknown): readonly StreamFacts[] {
  const message = typeof data === 'string' ? parseServerMessage(data) : undefined;
  if (message?.type === 'welcome') return message.streams;
  throw new FramenestError('PROTOCOL_VIOLATION', {
    what: 'The server did not begin with a welcome.',
    mend: 'Check that the address is a framenest server of this version.',
  });
}

/** The close reason carries the server's error code, where it had one. */
function lost(closeCode: number, reason: string): FramenestError {
  const code = Object.hasOwn(errorCodes, reason) ? (reason as ErrorCode) : 'CONNECTION_LOST';
  return new FramenestError(code, {
    what: `The connection ended with status ${closeCode}${reason ? ` (${reason})` : ''}.`,
    mend: errorCodes[code].retryable ? 'Connect again, and subscribe from the last sequence.' : 'See docs/errors.md.',
  });
}
