import { FramenestError } from '../errors.ts';
import type { StreamState } from '../wire/control-message.ts';
import { checkToken } from './access.ts';
import type { Access } from './access.ts';
import { refuseSecrets } from './address.ts';
import { Client } from './client.ts';
import { Link } from './link.ts';
import type { StateChange } from './link.ts';
import type { RetryOptions } from './retry.ts';

/** How to connect. */
export interface ConnectOptions extends Access {
  /** Until the server's welcome, milliseconds, 1 … a day. Default 10,000. */
  readonly timeoutMs?: number;
  /**
   * A server that is silent for so long is asked for a sign of life; after as long again it is taken for gone.
   * Milliseconds, 1 … a day. Default 20,000.
   */
  readonly heartbeatMs?: number;
  /** What to do where the connection is lost. Default: connect again, for as long as it takes. `false`: loops end. */
  readonly reconnect?: RetryOptions | false;
  /** Hears of each change of `client.state`. */
  readonly onState?: (change: StateChange) => void;
  /**
   * Hears where the source of a stream stands, of streams that are subscribed and, while `client.events()` runs, of those
   * that it is about: as that begins, and at each change. What changes while the connection is lost is heard once it is back.
   */
  readonly onStreamState?: (state: StreamState) => void;
  /** Gives up waiting for the first connection: ABORTED. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to a framenest server.
 * @param url - `ws://host:port` or `wss://host:port`
 * @throws FramenestError OPTION_INVALID where the address holds a secret; CONNECT_FAILED; UNAUTHORIZED;
 * PROTOCOL_VIOLATION where the other end is something else; CONNECTION_LOST before the server's welcome; ABORTED
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Client> {
  const { timeoutMs = 10_000, heartbeatMs = 20_000, reconnect = {}, signal } = options;
  refuseSecrets(url);
  checkToken(options.token);
  for (const [name, value] of Object.entries({ timeoutMs, heartbeatMs })) refuseTime(name, value);
  if (signal?.aborted) throw aborted();
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      client.close();
      reject(aborted());
    };
    const link = new Link(
      url,
      { ...options, timeoutMs, heartbeatMs, reconnect },
      {
        onOpen: (welcome) => {
          signal?.removeEventListener('abort', giveUp);
          client.connected(welcome);
          resolve(client);
        },
        onMessage: (data) => client.receive(data),
        onLost: () => client.disconnected(),
        onOver: (error) => {
          signal?.removeEventListener('abort', giveUp);
          client.fail(error);
          reject(error);
        },
      },
    );
    const client = new Client(link, reconnect, options.onStreamState);
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}

function refuseTime(name: string, ms: number): void {
  if (ms >= 1 && ms <= 86_400_000) return;
  throw new FramenestError('OPTION_INVALID', {
    what: `Option "${name}" is ${ms} ms.`,
    mend: 'Give 1 ms to a day.',
  });
}

function aborted(): FramenestError {
  return new FramenestError('ABORTED', {
    what: 'The signal aborted before there was a connection.',
    mend: 'Connect again.',
  });
}
