import type { FramenestError } from '../errors.ts';
import { GrantedCredit } from '../flow/granted-credit.ts';
import type { Credit } from '../flow/granted-credit.ts';
import type { LoggedPacket } from '../log/packet-log.ts';
import { errorMessage } from '../wire/control-message.ts';
import type { ClientMessage, ServerMessage } from '../wire/control-message.ts';
import { Demotion } from './demotion.ts';
import type { Outbox } from './outbox.ts';
import type { StreamItem, StreamReader } from './stream-reader.ts';
import { SubscriberView } from './subscriber-view.ts';
import type { TokenStream } from './token-stream.ts';

/** What a subscriber asks for. */
export type SubscribeMessage = Extract<ClientMessage, { type: 'subscribe' }>;

/** Packets after which others have their turn, also where the socket takes them all. */
const IN_ONE_GO = 32;

/** One subscription of a session: sends what the stream has, as it was asked for, as far as the credit goes. */
export class Subscriber {
  readonly stream: TokenStream;
  readonly #outbox: Outbox;
  readonly #reader: StreamReader;
  readonly #view: SubscriberView;
  readonly #demotion: Demotion | undefined;
  readonly #credit = new GrantedCredit();
  readonly #stop = new AbortController();

  /** @throws FramenestError OPTION_INVALID where it asks for what the stream does not have */
  constructor(stream: TokenStream, asked: SubscribeMessage, outbox: Outbox) {
    this.stream = stream;
    this.#outbox = outbox;
    this.#view = new SubscriberView(stream, asked);
    this.#reader = stream.read(asked.from, asked.maxLag);
    if (stream.live) this.#demotion = new Demotion(this.#view.ladder);
  }

  /** What it was told of its place and its scales. */
  get answer(): ServerMessage {
    return {
      type: 'subscribed',
      stream: this.stream.name,
      next: this.#reader.next,
      ladder: [...this.#view.ladder],
    };
  }

  /** It takes so much more. */
  grant(credit: Credit): void {
    this.#credit.grant(credit);
  }

  /**
   * Sends until the stream's end, or until it is stopped. The end costs no credit and waits for none. A gap costs none and
   * waits for some, so that a client that takes nothing hears once of all that it missed.
   * @throws FramenestError WIRE_MALFORMED where the log holds what is no packet
   */
  async run(): Promise<void> {
    let inOneGo = 0;
    while (await this.#ready()) {
      const { lag } = this.#reader;
      const item = this.#reader.take();
      if (item?.type === 'packet') await this.#send(item.packet, lag);
      else if (item) this.#report(item);
      if (item?.type === 'end') return;
      if (++inOneGo % IN_ONE_GO === 0) await new Promise(setImmediate);
    }
  }

  /**
   * Waits, where it must, until there is something to take and credit for it.
   * @returns false where it was stopped: another one may follow the same stream by then
   */
  async #ready(): Promise<boolean> {
    const { signal } = this.#stop;
    const ready = this.#reader.peek() ?? (await this.#reader.ready(signal));
    if (ready !== 'end' && !this.#credit.positive) await this.#credit.available(signal);
    return ready !== undefined && !signal.aborted;
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stop.abort();
    this.stream.release(this.#reader);
  }

  async #send(packet: LoggedPacket, lag: number): Promise<void> {
    this.#demote(lag);
    // Without a wait where the bytes go out as they are: this is the way of nearly every packet.
    const shown = this.#view.asItIs(packet) ?? (await this.#view.show(packet));
    if (this.#stop.signal.aborted) return;
    this.#credit.spend({ packets: 1, bytes: shown.bytes.byteLength, tokens: shown.tokens });
    await this.#outbox.send(shown.bytes);
  }

  #demote(lag: number): void {
    const demotion = this.#demotion;
    const change = demotion?.look(lag);
    if (!demotion || !change) return;
    this.#view.limit(demotion.maxScale);
    this.#outbox.tell({ type: 'demoted', stream: this.stream.name, ...change });
  }

  #report(item: Exclude<StreamItem, { type: 'packet' }>): void {
    const { name: stream } = this.stream;
    if (item.type === 'end') return this.#end(item.error);
    const { from, to, reason } = item;
    this.#view.afterGap();
    this.#outbox.tell({ type: 'gap', stream, from, to, frames: to - from + 1, reason });
  }

  #end(error: FramenestError | undefined): void {
    const { name: stream, totals } = this.stream;
    if (error) this.#outbox.tell(errorMessage(error, stream));
    this.#outbox.tell({ type: 'end', stream, ...totals });
  }
}
