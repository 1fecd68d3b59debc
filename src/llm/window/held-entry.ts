import type { HeldFrame, WindowFrame } from '../window-frame.ts';
import type { Aging } from './aging.ts';
import type { FrameSeat } from './frame-order.ts';
import type { Slot } from './slot.ts';

/** A frame as a window keeps it. */
export interface HeldEntry<Content> extends Slot {
  readonly frame: HeldFrame<Content>;
  /** Names of its first and its last frame: their ids, and the run where there was more than one. */
  readonly firstName: string;
  readonly lastName: string;
}

/** A frame that came. */
export function heldEntry<Content>(frame: WindowFrame<Content>, seat: FrameSeat, pinned: boolean): HeldEntry<Content> {
  const { id, atS, wallclockMs, tokens, content } = frame;
  const name = seat.run === 0 ? id : `${id}~${seat.run}`;
  return entry(
    { atS, untilS: atS, tokens, frames: 1, content, ...(wallclockMs !== undefined && { wallclockMs }) },
    { firstName: name, lastName: name, clockS: seat.clockS, untilClockS: seat.clockS, segment: seat.segment, pinned },
  );
}

/** Whether an entry is this frame alone. @param id - as it was pushed */
export function isFrame({ frames, firstName }: HeldEntry<unknown>, id: string): boolean {
  return frames === 1 && (firstName === id || firstName.startsWith(`${id}~`));
}

/** The same entry, pinned or not. */
export function withPin<Content>(held: HeldEntry<Content>, pinned: boolean): HeldEntry<Content> {
  return held.pinned === pinned ? held : { ...held, pinned };
}

/** An entry at a coarser scale, down the ladder scale by scale; itself where it has those tokens already. */
export function coarserEntry<Content>(
  held: HeldEntry<Content>,
  tokens: number,
  ladder: readonly number[],
  aging: Aging<Content>,
): HeldEntry<Content> {
  let { content } = held.frame;
  let from = held.tokens;
  for (const to of ladder.filter((scale) => scale >= tokens && scale < held.tokens).reverse()) {
    content = aging.coarser(content, from, to);
    from = to;
  }
  return from === held.tokens ? held : entry({ ...held.frame, tokens: from, content }, held);
}

/** Neighbours of one segment as one; all of them at the coarsest scale. */
export function mergedEntry<Content>(held: readonly HeldEntry<Content>[], aging: Aging<Content>): HeldEntry<Content> {
  const [first] = held;
  const last = held.at(-1);
  if (!first || !last) throw new RangeError('Nothing to merge.');
  if (first === last) return first;
  const { untilS, untilClockS, lastName } = last;
  const frames = held.reduce((sum, each) => sum + each.frames, 0);
  const content = aging.merge(held.map((each) => ({ content: each.frame.content, frames: each.frames })));
  return entry({ ...first.frame, untilS, frames, content }, { ...first, untilClockS, lastName });
}

type Whereabouts = Pick<HeldEntry<unknown>, 'firstName' | 'lastName' | 'clockS' | 'untilClockS' | 'segment' | 'pinned'>;

function entry<Content>(frame: Omit<HeldFrame<Content>, 'id'>, place: Whereabouts): HeldEntry<Content> {
  const { firstName, lastName, clockS, untilClockS, segment, pinned } = place;
  const { tokens, frames, atS, untilS } = frame;
  const name = firstName === lastName ? firstName : `${firstName}..${lastName}`;
  return {
    ...{ tokens, frames, atS, untilS, clockS, untilClockS, segment, pinned, firstName, lastName },
    frame: { ...frame, id: `${name}@${tokens}` },
  };
}
