import { createHash } from 'node:crypto';
import { connect } from '#dist/client/connect.js';
import type { SubscribeOptions } from '#dist/client/subscribe-options.js';
import type { SubscriptionItem } from '#dist/client/subscription.js';
import { encodePacket } from '#dist/wire/packet-codec.js';
import { onTestFinished } from 'vitest';
import { sleep } from '../support/sleep.ts';

/** A packet as somebody received it. */
export interface Received {
  readonly epoch: number;
  /** Of all that it holds. */
  readonly digest: string;
  /** It was sent while its receiver had fallen behind: it may be coarser than what others got. */
  readonly demoted: boolean;
}

/** Sequences that will never come. */
export type Missed = Pick<Extract<SubscriptionItem, { type: 'gap' }>, 'from' | 'to' | 'reason'>;

/** One client of the stream `cam` that comes back whenever it is cut off, and what it got, in the order in which it did. */
export class Follower {
  readonly packets = new Map<number, Received>();
  readonly gaps: Missed[] = [];
  /** What ended or disturbed it, where something did. */
  failure: unknown;
  /** Sequence that must come next. */
  next = 0;
  #demoted = false;
  #epoch = -1;

  /** From the first packet on. Left when the test ends. */
  static async start(url: string, options: SubscribeOptions): Promise<Follower> {
    const client = await connect(url, { reconnect: { firstMs: 10, mostMs: 200 } });
    onTestFinished(() => client.close());
    const follower = new Follower();
    const items = client.subscribe('cam', { from: 'start', window: 16, ...options });
    void follower.#follow(items).catch((thrown: unknown) => (follower.failure = thrown));
    return follower;
  }

  /** Waits until everything before a sequence has come. What may take long is given long. */
  async reaches(next: number): Promise<void> {
    const end = Date.now() + 60_000;
    while (this.next < next) {
      if (this.failure !== undefined) throw new Error('The subscription failed.', { cause: this.failure });
      if (Date.now() > end) throw new Error(`Still at packet ${this.next}, not at ${next}, after 60 s.`);
      await sleep(20);
    }
  }

  async #follow(items: AsyncIterable<SubscriptionItem>): Promise<void> {
    for await (const item of items) this.#take(item);
    throw new Error('The stream ended.');
  }

  #take(item: SubscriptionItem): void {
    if (item.type === 'demoted') this.#demoted = true;
    if (item.type === 'gap') {
      const { from, to, reason } = item;
      this.#advance(from, to);
      this.gaps.push({ from, to, reason });
    }
    if (item.type !== 'packet') return;
    const { sequence, epoch } = item.packet.header;
    this.#advance(sequence, sequence);
    // A server that was started anew knows of no demotion.
    if (epoch !== this.#epoch) this.#demoted = false;
    this.#epoch = epoch;
    const digest = createHash('sha256').update(encodePacket(item.packet)).digest('base64');
    this.packets.set(sequence, { epoch, digest, demoted: this.#demoted });
  }

  #advance(from: number, to: number): void {
    if (from !== this.next || to < from) throw new Error(`${from} to ${to} came where ${this.next} was to come.`);
    this.next = to + 1;
  }
}
