import type { Packet } from '../media/packet.ts';
import { GridRebuilder } from '../view/grid-rebuilder.ts';
import type { RebuiltFrame } from '../view/grid-rebuilder.ts';
import type { SubscribeOptions } from './subscribe-options.ts';
import type { Begun, SubscriptionItem } from './subscription.ts';
import { violation } from './violation.ts';

/** Options of a loop over grids: without values there is no grid. */
export type RebuiltOptions = Omit<SubscribeOptions, 'values'>;

/**
 * One frame with the grid that a receiver holds after it, or what is no packet. `grid` is overwritten by the next frame:
 * copy what must stay.
 */
export type RebuiltItem =
  ({ readonly type: 'packet'; readonly packet: Packet } & RebuiltFrame) | Exclude<SubscriptionItem, { type: 'packet' }>;

/**
 * Rebuilds the grids of a subscription.
 * @param key - each beginning, and each packet after a gap, tells the whole grid: what was held before is let go
 * @throws FramenestError WIRE_MALFORMED, LADDER_INVALID where packets do not fit their stream
 */
export async function* rebuildGrids(
  items: AsyncIterable<SubscriptionItem | Begun>,
  key: boolean,
): AsyncGenerator<RebuiltItem, void, undefined> {
  let begun: Begun | undefined;
  let rebuilder: GridRebuilder | undefined;
  for await (const item of items) {
    if (item.type === 'subscribed') {
      if (key || !sameGrids(begun, item)) rebuilder = undefined;
      begun = item;
      continue;
    }
    if (item.type === 'gap' && key) rebuilder = undefined;
    if (item.type !== 'packet') {
      yield item;
      continue;
    }
    // Made with the first packet, whose size is the bound on how many channels there can be.
    rebuilder ??= makeRebuilder(begun, item.packet.channels);
    for (const frame of rebuilder.receive(item.packet)) yield { ...item, ...frame };
  }
}

function makeRebuilder(begun: Begun | undefined, channels: number): GridRebuilder {
  const { ladder, gridSide } = begun ?? {};
  if (!ladder || gridSide === undefined) throw violation('The server gave packets of a stream that it never told of.');
  return new GridRebuilder({ ladder, gridSide, channels });
}

function sameGrids(before: Begun | undefined, after: Begun): boolean {
  return before !== undefined && before.gridSide === after.gridSide && before.ladder.join() === after.ladder.join();
}
