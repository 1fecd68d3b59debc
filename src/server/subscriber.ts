import type { FramenestError } from '../errors.ts';
import { GrantedCredit } from '../flow/granted-credit.ts';
import type { Credit } from '../flow/granted-credit.ts';
import type { LoggedPacket } from '../log/packet-log.ts';
import { errorMessage } from '../wire/control-message.ts';
import type { ClientMessage, ServerMessage } from '../wire/control-message.ts';
import { Demotion } from './demotion.ts';
import type { StreamItem, StreamReader } from './stream-reader.ts';
import { SubscriberView } from './subscriber-view.ts';
import type { TokenStream } from './token-stream.ts';

/** What a subscriber asks for. */
export type SubscribeMessage = Extract<ClientMessage, { type: 'subscribe' }>;

/** The way to the client. */
export interface Wire {
  tell(message: ServerMessage): void;
  /** Resolves when the socket has taken the bytes; rejects when it is gone. */
  send(bytes: Uint8Array): Promise<void>;
}

/** One subscription of a session: sends what the stream has, as it was asked for, as far as the credit goes. */
export class Subscriber {
  readonly stream: TokenStream;
  readonly #wire: Wire;
  readonly #reader: StreamReader;
  readonly #view: SubscriberView;
  readonly #demotion: Demotion | undefined;
  readonly #credit = new GrantedCredit();
  readonly #stop = new AbortController();

  /** @throws FramenestError OPTION_INVALID where it asks for what the stream does not have */
  constructor(stream: TokenStream, asked: SubscribeMessage, wire: Wire) {
    this.stream = stream;
    this.#wire = wire;
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
   * @throws FramenestError or what the socket failed with
   */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    const reader = this.#reader;
    for (let ready = await reader.ready(signal); ready; ready = await reader.ready(signal)) {
      if (ready !== 'end' && !this.#credit.positive && !(await this.#credit.available(signal))) return;
      const { lag } = reader;
      const item = reader.take();
      if (item?.type === 'packet') await this.#send(item.packet, lag);
      else if (item) this.#report(item);
      if (item?.type === 'end') return;
    }
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
    await this.#wire.send(shown.bytes);
  }

  #demote(lag: number): void {
    const demotion = this.#demotion;
    const change = demotion?.look(lag);
    if (!demotion || !change) return;
    this.#view.limit(demotion.maxScale);
    this.#wire.tell({ type: 'demoted', stream: this.stream.name, ...change });
  }

  #report(item: Exclude<StreamItem, { type: 'packet' }>): void {
    const { name: stream } = this.stream;
    if (item.type === 'end') return this.#end(item.error);
    const { from, to, reason } = item;
    this.#view.afterGap();
    this.#wire.tell({ type: 'gap', stream, from, to, frames: to - from + 1, reason });
  }

  #end(error: FramenestError | undefined): void {
    const { name: stream, totals } = this.stream;
    if (error) this.#wire.tell(errorMessage(error, stream));
    this.#wire.tell({ type: 'end', stream, ...totals });
  }
}
