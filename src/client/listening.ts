import { FramenestError } from '../errors.ts';
import type { ClientMessageInput, StreamEvent } from '../wire/control-message.ts';
import { Inbox } from './inbox.ts';
import { invalidListening } from './subscribe-options.ts';

/** Events that may wait for their loop. */
const EVENTS = 10_000;

/** The one loop over events that a client may have, over all its connections. */
export class Listening {
  readonly #say: (message: ClientMessageInput) => boolean;
  #inbox: Inbox<StreamEvent> | undefined;
  #streams: readonly string[] | undefined;
  /** Answers still to come to `listen`: until then events are those of a loop that was left. */
  #unheard = 0;

  constructor(say: (message: ClientMessageInput) => boolean) {
    this.#say = say;
  }

  /** @throws FramenestError OPTION_INVALID where there is such a loop already, or a name is none */
  begin(streams: readonly string[] | undefined): Inbox<StreamEvent> {
    if (this.#inbox) throw invalidListening('There is a loop over events already, and there may be one.');
    if (streams && !(streams.length >= 1 && streams.length <= 64 && streams.every(isName))) {
      throw invalidListening('Its "streams" are not 1 to 64 names.');
    }
    this.#streams = streams;
    this.#inbox = new Inbox();
    this.#ask();
    return this.#inbox;
  }

  /** The loop is over. */
  leave(): void {
    this.#inbox = undefined;
    this.#say({ type: 'unlisten' });
  }

  /** There is a connection: the loop goes on there. */
  connected(): void {
    this.#unheard = 0;
    if (this.#inbox) this.#ask();
  }

  /** The server has answered `listen`. */
  answered(): void {
    this.#unheard = Math.max(0, this.#unheard - 1);
  }

  /** Takes in an event. The loop fails with WIRE_LIMIT where it has fallen too far behind. */
  happened(event: StreamEvent): void {
    const inbox = this.#unheard > 0 ? undefined : this.#inbox;
    if (!inbox || inbox.length < EVENTS) return inbox?.put(event);
    inbox.fail(
      new FramenestError('WIRE_LIMIT', {
        what: `${EVENTS} events wait for a loop that does not take them.`,
        mend: 'Take events as they come, and do slow work elsewhere.',
      }),
    );
  }

  /** The loop ends: with an error where one is given. */
  end(error: FramenestError | undefined): void {
    if (error) this.#inbox?.fail(error);
    else this.#inbox?.close();
  }

  #ask(): void {
    const streams = this.#streams && [...this.#streams];
    if (this.#say({ type: 'listen', ...(streams && { streams }) })) this.#unheard++;
  }
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && name.length >= 1 && name.length <= 128;
}
