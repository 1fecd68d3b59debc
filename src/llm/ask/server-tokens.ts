import type { Client } from '../../client/client.ts';
import type { SubscribeOptions } from '../../client/subscribe-options.ts';
import type { SubscriptionItem } from '../../client/subscription.ts';
import { originOf, tokenFrames } from '../token-frames.ts';
import type { TokenContent, TokenOrigin, WindowFrame } from '../window-frame.ts';

/** A stream of a server, for a host that takes tokens. */
export interface ServerTokens {
  readonly client: Client;
  readonly stream: string;
  readonly from: NonNullable<SubscribeOptions['from']>;
  /** Throws where the host does not understand such tokens: called before the first frame, and when they change. */
  readonly check: (origin: TokenOrigin) => void;
  /** Hears of frames that are missing, or coarser from here on. */
  readonly onNote?: (note: Extract<SubscriptionItem, { type: 'gap' | 'demoted' }>) => void;
}

/**
 * Frames of a stream as it is subscribed, each whole. Ends with the stream, or when the signal aborts.
 * @throws FramenestError as `Client.subscribe` does; HOST_MISMATCH
 */
export async function* serverTokens(
  { client, stream, from, check, onNote }: ServerTokens,
  signal: AbortSignal,
): AsyncGenerator<WindowFrame<TokenContent>, void, undefined> {
  let encoder: string | undefined;
  for await (const item of client.subscribe(stream, { from, layout: 'uniform', key: true, signal })) {
    if (item.type === 'end') return;
    if (item.type !== 'packet') {
      onNote?.(item);
      continue;
    }
    if (item.packet.header.encoder !== encoder) check(originOf(item.packet));
    encoder = item.packet.header.encoder;
    yield* tokenFrames(item.packet);
  }
}
