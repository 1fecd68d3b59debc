import { coarserEntry, mergedEntry, withPin } from './held-entry.ts';
import type { HeldEntry } from './held-entry.ts';
import { planCut } from './plan-cut.ts';
import type { WindowLimits } from './window-options.ts';

/** What a cut made of a window's entries, and what it did to them. */
export interface CutOutcome<Content> {
  /** Held from now on, in order. */
  readonly entries: HeldEntry<Content>[];
  /** In order. */
  readonly letGo: readonly HeldEntry<Content>[];
  /** Entries that were made coarser. */
  readonly aged: number;
  /** Frames that stand in a merged one now, and did not before. */
  readonly merged: number;
  readonly pinsLost: number;
}

/**
 * Lets go what has not been there for so long: entries whose last frame is older than `seconds`, but not pinned ones and
 * not the newest.
 */
export function withoutOld<Content>(entries: readonly HeldEntry<Content>[], seconds: number): CutOutcome<Content> {
  const newest = entries.at(-1);
  const since = (newest?.untilClockS ?? 0) - seconds;
  const stays = (held: HeldEntry<Content>): boolean => held.pinned || held === newest || held.untilClockS >= since;
  const letGo = entries.filter((held) => !stays(held));
  return { entries: entries.filter(stays), letGo, aged: 0, merged: 0, pinsLost: 0 };
}

/**
 * Makes a window as small as its target: plans, then pools and merges.
 * @param gone - whether frames were let go before
 */
export function cutEntries<Content>(
  entries: readonly HeldEntry<Content>[],
  limits: WindowLimits<Content>,
  gone: boolean,
): CutOutcome<Content> {
  const { ladder, aging } = limits;
  const { groups, pinned } = planCut(entries, { ...limits, gone });
  const held: HeldEntry<Content>[] = [];
  const letGo: HeldEntry<Content>[] = [];
  let [aged, merged, at] = [0, 0, 0];
  for (const { from, to, tokens } of groups) {
    letGo.push(...entries.slice(at, from));
    at = to;
    const before = entries.slice(from, to);
    const coarser = before.map((each, i) =>
      withPin(coarserEntry(each, tokens, ladder, aging), pinned[from + i] ?? false),
    );
    aged += before.filter((each) => each.tokens > tokens).length;
    if (to - from > 1) merged += before.filter((each) => each.frames === 1).length;
    held.push(mergedEntry(coarser, aging));
  }
  const pinsLost = entries.filter((each, i) => each.pinned && !pinned[i]).length;
  return { entries: held, letGo: [...letGo, ...entries.slice(at)], aged, merged, pinsLost };
}
