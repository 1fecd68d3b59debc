import { FramenestError } from '../errors.ts';
import type { Packet } from '../media/packet.ts';
import type { ServerMessage } from '../wire/control-message.ts';
import { CreditAccount } from './credit-account.ts';
import type { Amounts } from './credit-account.ts';
import { Inbox } from './inbox.ts';
import type { Retry } from './retry.ts';
import { subscribeMessage, windowsOf } from './subscribe-options.ts';
import type { SubscribeMessage, SubscribeOptions } from './subscribe-options.ts';
import { violation } from './violation.ts';

/** Gaps and notes that may wait for their loop; packets are bounded by their window. */
const NOTES = 1024;

type Note = Extract<ServerMessage, { type: 'gap' | 'demoted' | 'end' }>;

/** A subscription has begun, or goes on after it was interrupted. */
export interface Begun {
  readonly type: 'subscribed';
  /** Tokens of each scale that come from here on, coarsest first. */
  readonly ladder: readonly number[];
  /** Rows, and columns, of the encoder's patch grid; undefined where the server did not tell of the stream. */
  readonly gridSide: number | undefined;
}

/** What a subscription gives out, in order. The last item is `end`. */
export type SubscriptionItem = { readonly type: 'packet'; readonly packet: Packet } | Note;

interface Waiting {
  readonly item: SubscriptionItem | Begun;
  /** Absent for what costs no credit. */
  readonly cost?: Amounts;
}

/** One stream that a client follows, over all its connections: where it stands, what has arrived, the credit for more. */
export class Subscription {
  readonly stream: string;
  /**
   * On this connection. `unasked`: the server does not know of it. `asked`: it has not answered: what it says belongs to
   * an earlier subscription of the same stream. `following`: it has.
   */
  place: 'unasked' | 'asked' | 'following' = 'unasked';
  /** Why it was interrupted, where the stream alone was, and not the connection. */
  interrupted: FramenestError | undefined;
  /** Its own tries to go on after that; undefined where it shall not. */
  readonly retry: Retry | undefined;
  readonly credit: CreditAccount;
  readonly #message: SubscribeMessage;
  readonly #inbox = new Inbox<Waiting>();
  #next: number | undefined;
  #notes = 0;

  /** @throws FramenestError OPTION_INVALID */
  constructor(stream: string, options: SubscribeOptions, retry: Retry | undefined) {
    this.stream = stream;
    this.retry = retry;
    this.credit = new CreditAccount(windowsOf(options));
    this.#message = subscribeMessage(stream, options);
  }

  /** The oldest item; waits for one. Undefined once it is closed and empty. */
  async take(): Promise<SubscriptionItem | Begun | undefined> {
    const waiting = await this.#inbox.take();
    if (!waiting) return undefined;
    if (waiting.cost) this.credit.taken(waiting.cost);
    else this.#notes--;
    return waiting.item;
  }

  /** Begins on a connection: what to say. It goes on with what was not received yet. */
  ask(): SubscribeMessage {
    this.place = 'asked';
    this.credit.renew();
    return this.#next === undefined ? this.#message : { ...this.#message, from: this.#next };
  }

  /** The server has answered: `next` is what comes first. */
  answered(next: number, begun: Omit<Begun, 'type'>): void {
    this.place = 'following';
    const { from } = this.#message;
    const wanted = this.#next ?? (typeof from === 'number' ? from : undefined);
    if (wanted !== undefined && next > wanted) throw violation(`${this.#whose} ${next} where ${wanted} was asked for.`);
    if (this.#next !== undefined && next < this.#next) return this.fail(countsAnew(this.stream, this.#next, next));
    this.#next = next;
    this.#note({ type: 'subscribed', ...begun });
  }

  /** Takes in a packet of a message of so many bytes. */
  packet(packet: Packet, bytes: number): void {
    const { sequence } = packet.header;
    if (sequence !== this.#next) throw violation(`${this.#whose} ${sequence} where ${this.#next ?? 0} comes next.`);
    const cost = { packets: 1, bytes, tokens: packet.frames.reduce((sum, frame) => sum + frame.tokens, 0) };
    if (!this.credit.received(cost)) throw violation(`The server sent more of "${this.stream}" than it was granted.`);
    this.#next++;
    this.#progress();
    this.#inbox.put({ item: { type: 'packet', packet }, cost });
  }

  /** Takes in what is no packet. */
  tell(note: Note): void {
    if (note.type === 'gap') {
      const { from, to } = note;
      if (from !== this.#next || to < from)
        throw violation(`${this.#whose} a gap of ${from} to ${to}; ${this.#next ?? 0} comes next.`);
      this.#next = to + 1;
      this.#progress();
    }
    this.#note(note);
  }

  /** Ends without an error; what has arrived can still be taken. */
  close(): void {
    this.#inbox.close();
  }

  /** Ends with an error, after what has arrived. */
  fail(error: FramenestError): void {
    this.#inbox.fail(error);
  }

  get #whose(): string {
    return `The server gave of "${this.stream}"`;
  }

  #progress(): void {
    this.interrupted = undefined;
    this.retry?.reset();
  }

  #note(item: Note | Begun): void {
    if (this.#notes >= NOTES) {
      throw new FramenestError('WIRE_LIMIT', {
        what: `${NOTES} notes about "${this.stream}" wait for a loop that does not take them.`,
        mend: 'Take items as they come; where the loop does, report this to whoever runs the server.',
      });
    }
    this.#notes++;
    this.#inbox.put({ item });
  }
}

/** The log that this subscription read from is no more. */
function countsAnew(stream: string, wanted: number, next: number): FramenestError {
  return new FramenestError('ABORTED', {
    what: `The server counts the packets of "${stream}" anew: ${wanted} came next, and it has ${next} at most.`,
    mend: 'Subscribe anew, from "start" or "live". A server that keeps its log on disk (--data) goes on where it was.',
  });
}
