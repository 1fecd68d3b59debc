import type { FramenestError } from '../errors.ts';
import { decodePacket } from '../wire/packet-codec.ts';
import type { ClientMessageInput, ServerMessage } from '../wire/control-message.ts';
import { told } from './connection.ts';
import { invalidSubscription } from './subscribe-options.ts';
import type { Subscription } from './subscription.ts';
import { violation } from './violation.ts';

/** What a server says about one stream. */
export type StreamMessage = Extract<ServerMessage, { type: 'subscribed' | 'gap' | 'demoted' | 'end' | 'error' }> & {
  readonly stream: string;
};

/** What a table needs of its connection. */
export interface Voice {
  /** False where there is no connection; then nothing was said. */
  say(message: ClientMessageInput): boolean;
  /** A packet, or a gap, has come. */
  progress(): void;
  /** Rows, and columns, of a stream's patch grid, where the server told of it. */
  gridSide(stream: string): number | undefined;
}

/** The streams that a client follows: tells whose a message is, and begins them again on each connection. */
export class SubscriptionTable {
  readonly #voice: Voice;
  readonly #running = new Map<string, Subscription>();
  /** Answers still to come for subscriptions that were left before they were answered, by stream. */
  readonly #unheard = new Map<string, number>();
  readonly #pauses = new Map<Subscription, ReturnType<typeof setTimeout>>();

  constructor(voice: Voice) {
    this.#voice = voice;
  }

  /** @throws FramenestError OPTION_INVALID where its stream is followed already */
  begin(subscription: Subscription): void {
    const { stream } = subscription;
    if (this.#running.has(stream)) throw invalidSubscription(`This client follows "${stream}" already.`);
    this.#running.set(stream, subscription);
    this.#ask(subscription);
  }

  /** The loop is over. */
  leave(subscription: Subscription): void {
    const { stream, place } = subscription;
    clearTimeout(this.#pauses.get(subscription));
    this.#pauses.delete(subscription);
    this.#running.delete(stream);
    if (place === 'unasked') return;
    if (place === 'asked') this.#unheard.set(stream, (this.#unheard.get(stream) ?? 0) + 1);
    this.#voice.say({ type: 'unsubscribe', stream });
  }

  /** Grants what there is room for. */
  grant(subscription: Subscription): void {
    if (subscription.place === 'unasked') return;
    const amounts = subscription.credit.topUp();
    if (amounts) this.#voice.say({ type: 'credit', stream: subscription.stream, ...amounts });
  }

  /** There is a connection: everything that runs goes on. */
  connected(): void {
    for (const subscription of this.#running.values()) this.#ask(subscription);
  }

  /** There is none any more: no answer comes. */
  disconnected(): void {
    this.#unheard.clear();
    for (const subscription of this.#running.values()) subscription.place = 'unasked';
  }

  /** Every loop ends: with an error where one is given. */
  end(error: FramenestError | undefined): void {
    for (const subscription of this.#running.values()) {
      if (error) subscription.fail(error);
      else subscription.close();
    }
  }

  /** @throws FramenestError WIRE_MALFORMED, WIRE_LIMIT, PROTOCOL_VIOLATION */
  packet(message: Uint8Array): void {
    const packet = decodePacket(message);
    // None for a packet that was on its way when the loop was left.
    const subscription = this.#following(packet.header.stream);
    if (!subscription) return;
    subscription.packet(packet, message.byteLength);
    this.#voice.progress();
  }

  /** @throws FramenestError PROTOCOL_VIOLATION, WIRE_LIMIT */
  receive(message: StreamMessage): void {
    if (message.type === 'subscribed') return this.#answered(message);
    if (message.type === 'error') return this.#refused(message);
    this.#following(message.stream)?.tell(message);
    if (message.type === 'gap') this.#voice.progress();
  }

  #refused(message: StreamMessage & { type: 'error' }): void {
    const { stream, code } = message;
    const subscription = this.#following(stream) ?? this.#heard(stream);
    if (!subscription) return;
    const error = told(message);
    if (code === 'ABORTED') return this.#interrupt(subscription, error);
    // It was stopped, and no other one took its place.
    subscription.fail((code === 'STREAM_UNKNOWN' && subscription.interrupted) || error);
  }

  /** Its stream was stopped: the server goes, or another one takes its place under its name. Then it goes on there. */
  #interrupt(subscription: Subscription, error: FramenestError): void {
    const pauseMs = subscription.retry?.next();
    if (pauseMs === undefined) return subscription.fail(error);
    subscription.place = 'unasked';
    subscription.interrupted = error;
    clearTimeout(this.#pauses.get(subscription));
    this.#pauses.set(
      subscription,
      setTimeout(() => {
        this.#pauses.delete(subscription);
        this.#ask(subscription);
      }, pauseMs),
    );
  }

  #ask(subscription: Subscription): void {
    if (subscription.place !== 'unasked') return;
    const message = subscription.ask();
    if (!this.#voice.say(message)) subscription.place = 'unasked';
    this.grant(subscription);
  }

  /** The subscription that messages of the stream belong to now. */
  #following(stream: string): Subscription | undefined {
    const subscription = this.#running.get(stream);
    return subscription?.place === 'following' ? subscription : undefined;
  }

  /** Notes an answer, and returns the subscription that it is for; none where that was left. */
  #heard(stream: string): Subscription | undefined {
    const unheard = this.#unheard.get(stream) ?? 0;
    if (unheard > 1) this.#unheard.set(stream, unheard - 1);
    else this.#unheard.delete(stream);
    const subscription = this.#running.get(stream);
    return unheard === 0 && subscription?.place === 'asked' ? subscription : undefined;
  }

  #answered({ stream, next, ladder }: StreamMessage & { type: 'subscribed' }): void {
    if (this.#following(stream)) throw violation(`The server began "${stream}" twice.`);
    this.#heard(stream)?.answered(next, { ladder, gridSide: this.#voice.gridSide(stream) });
  }
}
