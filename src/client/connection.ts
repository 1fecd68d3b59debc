import { FramenestError, asFramenestError, errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { parseServerMessage } from '../wire/control-message.ts';
import type { ClientMessageInput, ServerMessage } from '../wire/control-message.ts';
import type { Access } from './access.ts';
import { cannotConnect } from './address.ts';
import { openSocket } from './socket.ts';
import type { ClientSocket } from './socket.ts';

/** The first message of a server. */
export type Welcome = Extract<ServerMessage, { type: 'welcome' }>;

/** How long to wait for a server, milliseconds. */
export interface Patience {
  /** For its welcome. */
  readonly timeoutMs: number;
  /** A server that is silent for so long is asked for a sign of life; after as long again it is taken for gone. */
  readonly heartbeatMs: number;
}

/** What happens on a connection. */
export interface ConnectionEvents {
  onWelcome(welcome: Welcome): void;
  /** Everything after the welcome. What it throws ends the connection. */
  onMessage(data: unknown): void;
  /** It is over, for this reason; nothing follows. */
  onEnd(error: FramenestError): void;
}

/** One socket to a server, from its opening to its end; connects as it is made. */
export class Connection {
  readonly #events: ConnectionEvents;
  readonly #deadline: ReturnType<typeof setTimeout>;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #socket: ClientSocket | undefined;
  #welcomed = false;
  #over = false;
  #heard = true;
  #asked = false;

  constructor(url: string, options: Access & Patience, events: ConnectionEvents) {
    const { timeoutMs, heartbeatMs } = options;
    this.#events = events;
    this.#deadline = setTimeout(() => {
      this.cut(cannotConnect(url, `no welcome came within ${timeoutMs} ms`));
    }, timeoutMs);
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    const opening = openSocket(url, options, {
      onMessage: (data) => this.#receive(data),
      onClose: (code, reason, failure) => this.#end(failure ?? lost(code, reason)),
    });
    opening.then(
      (socket) => {
        this.#socket = socket;
        if (this.#over) cut(socket);
      },
      (thrown: unknown) => this.#end(asFramenestError(thrown)),
    );
  }

  /** Says something; once it is over, to nobody. */
  say(message: ClientMessageInput): void {
    if (!this.#over) this.#socket?.send(JSON.stringify(message));
  }

  /** Ends it with a closing handshake. */
  close(error: FramenestError): void {
    this.#socket?.close(1000);
    this.#end(error);
  }

  /** Ends it without one: the other end does not answer. */
  cut(error: FramenestError): void {
    if (this.#socket) cut(this.#socket);
    this.#end(error);
  }

  #receive(data: unknown): void {
    if (this.#over) return;
    this.#heard = true;
    try {
      if (this.#welcomed) return this.#events.onMessage(data);
      const welcome = readWelcome(data);
      this.#welcomed = true;
      clearTimeout(this.#deadline);
      this.#events.onWelcome(welcome);
    } catch (thrown) {
      this.close(asFramenestError(thrown));
    }
  }

  #beat(): void {
    if (this.#heard) {
      this.#heard = this.#asked = false;
    } else if (this.#asked) {
      this.cut(
        new FramenestError('CONNECTION_LOST', {
          what: 'The server was silent, and did not answer a ping.',
          mend: 'Check the network, connect again, and subscribe from the last sequence.',
        }),
      );
    } else if (this.#welcomed) {
      this.#asked = true;
      this.say({ type: 'ping' });
    }
  }

  #end(error: FramenestError): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    clearInterval(this.#heartbeat);
    this.#events.onEnd(error);
  }
}

function cut(socket: ClientSocket): void {
  if (socket.terminate) socket.terminate();
  else socket.close();
}

function readWelcome(data: unknown): Welcome {
  const message = typeof data === 'string' ? parseServerMessage(data) : undefined;
  if (message?.type === 'welcome') return message;
  if (message?.type === 'error') throw told(message);
  throw new FramenestError('PROTOCOL_VIOLATION', {
    what: 'The server did not begin with a welcome.',
    mend: 'Check that the address is a framenest server of this version.',
  });
}

/** The error that a server told. */
export function told({ code, message: what, mend }: Extract<ServerMessage, { type: 'error' }>): FramenestError {
  return new FramenestError(code, { what, mend });
}

/** The close reason carries the server's error code, where it had one. */
function lost(closeCode: number, reason: string): FramenestError {
  const code = Object.hasOwn(errorCodes, reason) ? (reason as ErrorCode) : 'CONNECTION_LOST';
  return new FramenestError(code, {
    what: `The connection ended with status ${closeCode}${reason ? ` (${reason})` : ''}.`,
    mend: errorCodes[code].retryable ? 'Connect again, and subscribe from the last sequence.' : 'See docs/errors.md.',
  });
}
