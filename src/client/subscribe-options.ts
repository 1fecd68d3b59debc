import { FramenestError } from '../errors.ts';
import type { TokenDtype } from '../media/packet.ts';
import { parseClientMessage } from '../wire/control-message.ts';
import type { ClientMessageInput } from '../wire/control-message.ts';
import type { Amounts } from './credit-account.ts';

/** The message that begins a subscription. */
export type SubscribeMessage = Extract<ClientMessageInput, { type: 'subscribe' }>;

/** Where to begin, what to get, and how much may be on its way. */
export interface SubscribeOptions {
  /**
   * `live`: what is made from now on (default); `start`: the first packet, with a gap for those that are kept no more; a
   * sequence; or the first packet made at or after `atMs`, Unix time in milliseconds.
   */
  readonly from?: 'live' | 'start' | number | { readonly atMs: number };
  /**
   * What may be in flight or waiting here, the bound on memory: packets (1 … 1,000,000), or an amount of one or more of
   * packets, bytes (… 2³⁶) and tokens (… 500,000,000). One packet may go beyond bytes and tokens. Default 32 packets.
   */
  readonly window?: number | Partial<Amounts>;
  /** Tokens of the finest scale to get, one of the stream's ladder; finer ones arrive pooled. Default: as it is made. */
  readonly maxScale?: number;
  /** `uniform`: every frame whole, at one scale. `tree`: as the stream has it (default). */
  readonly layout?: 'uniform' | 'tree';
  /** Tokens a second of video, at most; frames get coarser to keep within it. */
  readonly tokensPerSecond?: number;
  /** Number format of the tokens. Default: the stream's own. */
  readonly dtype?: TokenDtype;
  /** `false`: packets tell what each frame is, without the values of its tokens. */
  readonly values?: boolean;
  /** The first packet, and the first one after each gap, tells the whole grid, so that nothing before it is needed. */
  readonly key?: boolean;
  /**
   * A question or a description, 1 … 1024 characters: of each frame the parts that have to do with it, and those that stand
   * out, arrive fine, and the rest coarse. For streams that tell `queries`; not with the layout `uniform`.
   */
  readonly query?: string;
  /** Of a live stream: where more packets than this wait for this client, the oldest are let go, with a gap. */
  readonly maxLag?: number;
  /**
   * `taken`: what the loop is done with, when it asks for the next item, is acknowledged by itself, four times a second
   * at most. Default: by `Client.ack` alone.
   */
  readonly ack?: 'taken';
  /** Ends the subscription without an error, also while the loop waits; what has arrived can still be taken. */
  readonly signal?: AbortSignal;
}

/** Options that the server hears of as they are. */
const passed = ['maxScale', 'layout', 'tokensPerSecond', 'dtype', 'values', 'key', 'query', 'maxLag'] as const;

const largest: Amounts = { packets: 1_000_000, bytes: 2 ** 36, tokens: 500_000_000 };

/**
 * What to say to the server.
 * @throws FramenestError OPTION_INVALID where the server would not understand it
 */
export function subscribeMessage(stream: string, options: SubscribeOptions): SubscribeMessage {
  const chosen = passed.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
  const message = { type: 'subscribe', stream, from: options.from ?? 'live' } as const;
  const whole = { ...message, ...(Object.fromEntries(chosen) as Pick<SubscribeOptions, (typeof passed)[number]>) };
  try {
    parseClientMessage(JSON.stringify(whole));
  } catch (thrown) {
    throw invalidSubscription((thrown as Error).message);
  }
  return whole;
}

/**
 * The windows of each dimension that has one.
 * @throws FramenestError OPTION_INVALID
 */
export function windowsOf({ window = 32 }: SubscribeOptions): Partial<Amounts> {
  const windows = typeof window === 'number' ? { packets: window } : window;
  const names = (['packets', 'bytes', 'tokens'] as const).filter((name) => windows[name] !== undefined);
  const bad = names.find((name) => !isWithin(windows[name], largest[name]));
  if (bad) throw invalidSubscription(`Its window is ${windows[bad]} ${bad}; give 1 to ${largest[bad]}.`);
  if (names.length === 0) throw invalidSubscription('Its window limits neither packets nor bytes nor tokens.');
  return windows;
}

function isWithin(value: number | undefined, limit: number): boolean {
  return Number.isInteger(value) && value !== undefined && value >= 1 && value <= limit;
}

/** OPTION_INVALID for a subscription that cannot be. */
export function invalidSubscription(why: string): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what: `This subscription cannot be asked for. ${why}`,
    mend: 'docs/clients.md describes the options.',
  });
}

/** OPTION_INVALID for events that cannot be listened to. */
export function invalidListening(why: string): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what: `These events cannot be listened to. ${why}`,
    mend: 'docs/clients.md describes the options.',
  });
}
