import { FramenestError } from '../errors.ts';
import type { Packet } from '../media/packet.ts';
import type { ServerMessage } from '../wire/control-message.ts';
import { Inbox } from './inbox.ts';

/** What a subscription gives out, in order. The last item is `end`. */
export type SubscriptionItem =
  { readonly type: 'packet'; readonly packet: Packet } | Extract<ServerMessage, { type: 'gap' | 'end' }>;

/** Where to begin, and how much may be on its way. */
export interface SubscribeOptions {
  /**
   * `live`: what is made from now on (default); `start`: the first packet, with a gap for those that are kept no more; or
   * a sequence.
   */
  readonly from?: 'live' | 'start' | number;
  /** Packets that may be in flight or waiting here, 1 … 1,000,000: the bound on memory. Default 32. */
  readonly window?: number;
  /** Ends the subscription without an error, also while the loop waits; what has arrived can still be taken. */
  readonly signal?: AbortSignal;
}

/** One stream that a client follows: what has arrived, and the credit for more. */
export class Subscription {
  readonly inbox = new Inbox<SubscriptionItem>();
  /** The server took or refused it: what came before belongs to an earlier subscription of the same stream. */
  answered = false;
  readonly #window: number;
  #outstanding = 0;

  /**
   * @param window - packets in flight or waiting at most
   * @throws FramenestError OPTION_INVALID
   */
  constructor(window: number) {
    if (!Number.isInteger(window) || window < 1 || window > 1_000_000) {
      throw invalidSubscription('window', `${window}; give 1 to 1,000,000 packets`);
    }
    this.#window = window;
  }

  /** Credits to grant now: none until half of the window is free, so that not every packet costs a message. */
  topUp(): number {
    const free = this.#window - this.#outstanding - this.inbox.length;
    if (free < Math.ceil(this.#window / 2)) return 0;
    this.#outstanding += free;
    return free;
  }

  /** Takes in a packet; false where no credit was left for it. */
  accept(packet: Packet): boolean {
    if (this.#outstanding === 0) return false;
    this.#outstanding--;
    this.inbox.put({ type: 'packet', packet });
    return true;
  }
}

/** OPTION_INVALID for an option of a subscription. */
export function invalidSubscription(option: string, is: string): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what: `Option "${option}" of a subscription is ${is}.`,
    mend: 'docs/protocol.md describes subscriptions.',
  });
}
