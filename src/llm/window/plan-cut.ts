import { mergeRuns } from './merge-runs.ts';
import type { Slot, SlotGroup } from './slot.ts';
import { GONE_STAMPS, StampRule } from './stamp-rule.ts';
import type { StampOptions } from './stamp-rule.ts';

/** What a cut must keep to. */
export interface CutLimits extends StampOptions {
  /** Tokens of each scale, coarsest first. */
  readonly ladder: readonly number[];
  /** Most tokens after it, frames and text; at least `leastTokens`. */
  readonly target: number;
  /** Share of the target that pinned frames may take, 0 … 1. */
  readonly pinnedShare: number;
  /** Whether frames were let go before. */
  readonly gone: boolean;
}

/** What becomes of the slots: those of no group are let go. */
export interface CutPlan {
  /** In order. */
  readonly groups: readonly SlotGroup[];
  /** For each slot whether it is pinned from now on. */
  readonly pinned: readonly boolean[];
}

/** Shares of its age that a merged frame may cover, tried one after the other. */
const MERGE_SHARES = [0, 1 / 8, 1 / 4, 1 / 2, 1];
const MOST_MERGED = 1;

/** A scale's share is found to this part of the target, in at most ten tries. */
const SHARE_STEPS = 512;

/**
 * Tokens without which there is no window: the newest frame at the coarsest scale, its stamp, and the texts about what
 * is not there; one stamp in reserve.
 */
export function leastTokens(ladder: readonly number[], stampTokens: number): number {
  return (ladder[0] ?? 1) + (GONE_STAMPS + 3) * stampTokens;
}

/**
 * Decides what a window becomes when it must get smaller, from the slots alone:
 *
 * 1. From the newest frame back, each scale, the finest first, has room for an equal share of tokens; a frame that finds
 *    no room in a scale, and all that are older, go on to the next one. So a frame is never finer than a newer one
 *    that was sent as fine. The share is the largest with which the target is met
 *    (to 1 ⁄ 512 of it).
 * 2. What finds no room in the coarsest scale is held at that scale, and merged as little as lets it fit into
 *    1 ⁄ (scales + 1) of the target: see `MERGE_SHARES`.
 * 3. Where merging most is not enough, the oldest of these are let go; never the newest frame of all.
 *
 * Pinned frames take no part, as long as they fit into their share of the target; from the newest back, the first one
 * that does not fit and all older ones lose their pin.
 *
 * Takes time in proportion to the slots.
 */
export function planCut(slots: readonly Slot[], limits: CutLimits): CutPlan {
  const room = limits.target - leastTokens(limits.ladder, limits.stampTokens);
  const { pinned, spent } = keptPins(slots, limits.pinnedShare * room, limits.stampTokens);
  const mergedRoom = Math.min(room / (limits.ladder.length + 1), room - spent);
  const groupsAt = (share: number): SlotGroup[] => arranged(slots, pinned, { ...limits, share, mergedRoom });
  let [met, unmet] = [0, limits.target + 1];
  let best: SlotGroup[] | undefined;
  const step = Math.max(1, limits.target / SHARE_STEPS);
  while (unmet - met > step) {
    const share = Math.floor((met + unmet) / 2);
    const groups = groupsAt(share);
    if (cost(slots, groups, limits) <= limits.target) [met, best] = [share, groups];
    else unmet = share;
  }
  return { groups: best ?? groupsAt(0), pinned };
}

function keptPins(slots: readonly Slot[], room: number, stampTokens: number): { pinned: boolean[]; spent: number } {
  const pinned = slots.map(() => false);
  let spent = 0;
  for (let i = slots.length - 1; i >= 0; i--) {
    const slot = slots[i];
    if (!slot?.pinned) continue;
    const tokens = slot.tokens + 2 * stampTokens;
    if (spent + tokens > room) break;
    spent += tokens;
    pinned[i] = true;
  }
  return { pinned, spent };
}

interface Shares extends CutLimits {
  /** Tokens of each scale. */
  readonly share: number;
  /** Tokens of what is merged. */
  readonly mergedRoom: number;
}

function arranged(slots: readonly Slot[], pinned: readonly boolean[], shares: Shares): SlotGroup[] {
  const { ladder, share, stampTokens } = shares;
  const young: SlotGroup[] = [];
  let [level, spent, end] = [ladder.length - 1, 0, slots.length];
  for (let i = slots.length - 1; i >= 0; i--) {
    const { tokens: now = 1 } = slots[i] ?? {};
    let tokens = now;
    for (; !pinned[i] && level >= 0; level--, spent = 0) {
      tokens = Math.min(now, ladder[level] ?? 1);
      const taken = spent + tokens + (tokens > stampTokens ? stampTokens : 0);
      if (taken > share) continue;
      spent = taken;
      break;
    }
    if (level < 0) break;
    end = i;
    young.push({ from: i, to: i + 1, tokens });
  }
  return [...oldGroups(slots, pinned, end, shares), ...young.reverse()];
}

/** The slots before `end`: pinned ones as they are, all others at the coarsest scale, merged or let go. */
function oldGroups(slots: readonly Slot[], pinned: readonly boolean[], end: number, shares: Shares): SlotGroup[] {
  const { ladder, mergedRoom, stampTokens } = shares;
  const tokens = ladder[0] ?? 1;
  for (const share of MERGE_SHARES) {
    let spent = 0;
    const groups = mergeRuns(slots, pinned, { end, share, tokens }, (group, fixed) => {
      if (!fixed) spent += mostTokens(slots, group, stampTokens);
      return spent > mergedRoom;
    });
    if (groups) return groups;
  }
  const groups = mergeRuns(slots, pinned, { end, share: MOST_MERGED, tokens }, () => false) ?? [];
  return withoutOldest(groups, slots, pinned, shares);
}

/** Lets go from the oldest on, until what is left fits; pinned ones and the newest frame stay. */
function withoutOldest(
  groups: readonly SlotGroup[],
  slots: readonly Slot[],
  pinned: readonly boolean[],
  { mergedRoom, stampTokens }: Shares,
): SlotGroup[] {
  const costs = groups.map((group) => (pinned[group.from] ? 0 : mostTokens(slots, group, stampTokens)));
  let over = costs.reduce((sum, tokens) => sum + tokens, 0) - mergedRoom;
  return groups.filter((group, i) => {
    if (over <= 0 || pinned[group.from] || group.to === slots.length) return true;
    over -= costs[i] ?? 0;
    return false;
  });
}

/** What a group costs with every text that may stand before it. */
function mostTokens(slots: readonly Slot[], group: SlotGroup, stampTokens: number): number {
  const anew = slots[group.from - 1]?.segment !== slots[group.from]?.segment;
  return group.tokens + ((isMerged(slots, group) ? 2 : 1) + (anew ? 1 : 0)) * stampTokens;
}

function isMerged(slots: readonly Slot[], { from, to }: SlotGroup): boolean {
  return to - from > 1 || (slots[from]?.frames ?? 1) > 1;
}

function cost(slots: readonly Slot[], groups: readonly SlotGroup[], limits: CutLimits): number {
  const rule = new StampRule(limits);
  let [tokens, stamps, held] = [0, 0, 0];
  for (const group of groups) {
    const first = slots[group.from];
    tokens += group.tokens;
    stamps += rule.next(first?.segment ?? 0, first?.atS ?? 0, group.tokens, isMerged(slots, group));
    held += group.to - group.from;
  }
  if (limits.gone || held < slots.length) stamps += GONE_STAMPS;
  return tokens + stamps * limits.stampTokens;
}
