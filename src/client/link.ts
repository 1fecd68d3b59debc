import type { FramenestError } from '../errors.ts';
import type { ClientMessageInput } from '../wire/control-message.ts';
import type { Access } from './access.ts';
import { Connection } from './connection.ts';
import type { Patience, Welcome } from './connection.ts';
import { Retry } from './retry.ts';
import type { RetryOptions } from './retry.ts';

/** A connection that has brought nothing, yet stood for so long, was a good one, milliseconds. */
const GOOD_MS = 30_000;

/**
 * Where a client stands. `connecting`: a try is under way. `open`: the server has welcomed it. `waiting`: the connection
 * was lost, and the next try comes after a pause. `closed`: for good.
 */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'closed';

/** A change of a client's state. */
export interface StateChange {
  readonly state: ConnectionState;
  /** Why it is not open; absent for `connecting`, `open`, and after `close()`. */
  readonly error?: FramenestError;
  /** Until the next try, milliseconds; of `waiting`. */
  readonly pauseMs?: number;
}

/** What a link needs to know. */
export interface LinkOptions extends Access, Patience {
  readonly reconnect: RetryOptions | false;
  readonly onState?: (change: StateChange) => void;
}

/** What happens on a link. */
export interface LinkEvents {
  /** Connected, for the first time or again. */
  onOpen(welcome: Welcome): void;
  /** A message after the welcome. What it throws ends the connection, and the link where no retry can help. */
  onMessage(data: unknown): void;
  /** Not connected any more, for the time being. */
  onLost(): void;
  /** Not connected any more, for good. Nothing follows. */
  onOver(error: FramenestError): void;
}

/** A connection that comes back after it was lost, with growing pauses between tries. */
export class Link {
  readonly #url: string;
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #retry: Retry | undefined;
  #state: ConnectionState = 'connecting';
  #connection: Connection | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #openedAt: number | undefined;

  /** @throws FramenestError OPTION_INVALID */
  constructor(url: string, options: LinkOptions, events: LinkEvents) {
    this.#url = url;
    this.#options = options;
    this.#events = events;
    this.#retry = options.reconnect ? new Retry(options.reconnect) : undefined;
    this.#connect();
  }

  /** Where it stands. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Says something to the server. False where it is not connected: nothing is kept for later. */
  say(message: ClientMessageInput): boolean {
    if (this.#state !== 'open') return false;
    this.#connection?.say(message);
    return true;
  }

  /** The connection has brought something: pauses begin anew with the first one. */
  progress(): void {
    this.#retry?.reset();
  }

  /** Ends this connection; a retry follows where one can help. */
  drop(error: FramenestError): void {
    this.#connection?.close(error);
  }

  /** Ends it for good, without a word to the listeners. Safe to call twice. */
  close(error: FramenestError): void {
    if (this.#state === 'closed') return;
    this.#enter({ state: 'closed' });
    clearTimeout(this.#pause);
    this.#connection?.close(error);
  }

  #connect(): void {
    this.#enter({ state: 'connecting' });
    this.#connection = new Connection(this.#url, this.#options, {
      onWelcome: (welcome) => {
        this.#openedAt = performance.now();
        this.#enter({ state: 'open' });
        this.#events.onOpen(welcome);
      },
      onMessage: (data) => this.#events.onMessage(data),
      onEnd: (error) => this.#ended(error),
    });
  }

  #ended(error: FramenestError): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open' && performance.now() - (this.#openedAt ?? 0) > GOOD_MS) this.#retry?.reset();
    const pauseMs = this.#mayRetry(error) ? this.#retry?.next() : undefined;
    if (pauseMs === undefined) {
      this.#enter({ state: 'closed', error });
      return this.#events.onOver(error);
    }
    this.#pause = setTimeout(() => this.#connect(), pauseMs);
    this.#enter({ state: 'waiting', error, pauseMs });
    this.#events.onLost();
  }

  #mayRetry(error: FramenestError): boolean {
    const { reconnect } = this.#options;
    const known = this.#openedAt !== undefined || (reconnect !== false && reconnect.initially === true);
    return known && error.retryable;
  }

  #enter(change: StateChange): void {
    this.#state = change.state;
    const { onState } = this.#options;
    // Later, so that a listener finds the client in order, and what it throws is its own affair.
    if (onState) queueMicrotask(() => onState(change));
  }
}
