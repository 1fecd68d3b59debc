import type { Slot, SlotGroup } from './slot.ts';

/** What of a window is merged, and how far. */
export interface MergeLimits {
  /** Slots before this one. */
  readonly end: number;
  /** Longest time that a merged frame may cover, as a share of its age: of the time since its last frame. */
  readonly share: number;
  /** Tokens of the ladder's coarsest scale. */
  readonly tokens: number;
}

/**
 * Merges neighbours from the oldest on, as far as each merged one covers less than its share of its age. So how exactly
 * a time is known is in proportion to how long ago it was, and about log(age) ÷ log(1 + share) frames hold everything.
 * @param fixed - slots that stay as they are, `[slots]`
 * @param enough - asked with each group, from the oldest on; once it says true, nothing more is done
 * @returns groups of the slots before `end`, in order; undefined where there was enough
 */
export function mergeRuns(
  slots: readonly Slot[],
  fixed: readonly boolean[],
  { end, share, tokens }: MergeLimits,
  enough: (group: SlotGroup, fixed: boolean) => boolean,
): SlotGroup[] | undefined {
  const groups: SlotGroup[] = [];
  for (let i = 0; i < end;) {
    const isFixed = fixed[i] === true;
    const group = isFixed
      ? { from: i, to: i + 1, tokens: slots[i]?.tokens ?? tokens }
      : { from: i, to: runEnd(slots, fixed, i, end, share), tokens };
    if (enough(group, isFixed)) return undefined;
    groups.push(group);
    i = group.to;
  }
  return groups;
}

function runEnd(slots: readonly Slot[], fixed: readonly boolean[], from: number, end: number, share: number): number {
  let to = from + 1;
  while (to < end && !fixed[to] && mayMerge(slots, from, to, share)) to++;
  return to;
}

function mayMerge(slots: readonly Slot[], from: number, last: number, share: number): boolean {
  const [first, end, newest] = [slots[from], slots[last], slots.at(-1)];
  if (!first || !end || !newest || first.segment !== end.segment) return false;
  return end.untilClockS - first.clockS < share * (newest.untilClockS - end.untilClockS);
}
