import { FramenestError } from '../../errors.ts';
import type { WindowFrame, WindowView } from '../window-frame.ts';
import { cutEntries, withoutOld } from './cut-entries.ts';
import type { CutOutcome } from './cut-entries.ts';
import { FrameOrder } from './frame-order.ts';
import { GoneFrames } from './gone-frames.ts';
import { heldEntry, isFrame, withPin } from './held-entry.ts';
import type { HeldEntry } from './held-entry.ts';
import { checkWindow } from './window-options.ts';
import type { ContextWindowOptions, WindowLimits } from './window-options.ts';
import { WindowParts } from './window-parts.ts';

/** What a window has done so far, in frames. */
export interface WindowFigures {
  /** Taken in: as many as are held, alone or in merged ones, and let go. */
  readonly pushed: number;
  /** Not taken in, since they had come before. */
  readonly repeated: number;
  /** Made coarser; each scale change of each frame or merged one counts. */
  readonly aged: number;
  /** That stand in merged ones, or did until these were let go. */
  readonly merged: number;
  readonly letGo: number;
  /** Pins that were lost to the limit. */
  readonly pinsLost: number;
}

/**
 * A stream's newest frames for a language model, never above a limit in tokens: what is older is coarser. Pure: no clock but
 * the frames', the same pushes give the same views.
 *
 * While there is room, frames are only appended. A push beyond `maxTokens` makes a *cut*: frames age down the ladder, each
 * scale with an equal share of what is left, the newest finest; the oldest are merged, each merged one within a share of
 * its age; at the very last the oldest merged ones are let go, which the view says. See `planCut`. A cut goes down to
 * `cutTo × maxTokens` at once, so that a host's prefix cache is lost once, and stays valid until the next one: views of
 * the same number of cuts begin with the same objects.
 *
 * Beyond `maxSeconds`, counted from the newest frame, a cut lets go all frames older than `cutTo × maxSeconds`; a merged one
 * goes with its last frame.
 *
 * Pinned frames keep their scale and stay, as long as they all fit into `pinnedShare` of what a cut leaves; from the newest
 * back, the first that does not fit and all older ones lose their pin.
 *
 * Memory: contents of at most `maxTokens` tokens, one id for each, the pins, and nothing else.
 */
export class ContextWindow<Content> {
  readonly #limits: WindowLimits<Content>;
  readonly #order = new FrameOrder();
  /** Ids that were pinned before their frames came. */
  readonly #awaited = new Set<string>();
  readonly #gone = new GoneFrames();
  readonly #figures = { pushed: 0, repeated: 0, aged: 0, merged: 0, pinsLost: 0 };
  #entries: HeldEntry<Content>[] = [];
  #parts: WindowParts<Content>;
  #cuts = 0;

  /** @throws FramenestError OPTION_INVALID also where `maxTokens` has no room for one frame; LADDER_INVALID */
  constructor(options: ContextWindowOptions<Content>) {
    this.#limits = checkWindow(options);
    this.#parts = new WindowParts(this.#limits);
  }

  /** Tokens of frames, and of the text between them as estimated: ≤ `maxTokens`, always. */
  get tokens(): number {
    return this.#parts.tokens;
  }

  /** How often what was there has changed. */
  get cuts(): number {
    return this.#cuts;
  }

  /** A copy of the counters. */
  get figures(): WindowFigures {
    return { ...this.#figures, letGo: this.#gone.frames };
  }

  /**
   * Takes in the next frame of the stream; its content is kept, not copied.
   * @returns false where it came before: after the last frame come only those with a later epoch or sequence in their id, or,
   * where a server numbers anew, with a later wall clock
   * @throws FramenestError OPTION_INVALID where it is of another stream, has no time, or its tokens are no scale of the
   * ladder; nothing was changed then
   */
  push(frame: WindowFrame<Content>): boolean {
    if (!this.#limits.ladder.includes(frame.tokens)) throw offLadder(frame, this.#limits.ladder);
    const seat = this.#order.next(frame);
    if (!seat) {
      this.#figures.repeated++;
      return false;
    }
    this.#figures.pushed++;
    const entry = heldEntry(frame, seat, this.#awaited.delete(frame.id));
    this.#entries.push(entry);
    this.#parts.add(entry);
    this.#keepLimits();
    return true;
  }

  /**
   * Keeps a frame as fine as it is now, through later cuts. One that is not here yet will be pinned when it comes, if it is
   * among the last 256 that are waited for.
   * @param id - as it was pushed
   * @returns whether the frame is held, by itself
   */
  pin(id: string): boolean {
    if (this.#setPin(id, true)) return true;
    this.#awaited.add(id);
    for (const oldest of this.#awaited) if (this.#awaited.size > MOST_AWAITED) this.#awaited.delete(oldest);
    return false;
  }

  /** Lets a frame age again, from the next cut on. @returns whether it is held, by itself */
  unpin(id: string): boolean {
    this.#awaited.delete(id);
    return this.#setPin(id, false);
  }

  /** The window as it stands. Takes time in proportion to its frames, and copies no contents. */
  view(): WindowView<Content> {
    return {
      parts: this.#parts.all,
      tokens: this.tokens,
      cuts: this.#cuts,
      fromS: this.#entries[0]?.atS ?? NaN,
      toS: this.#entries.at(-1)?.untilS ?? NaN,
    };
  }

  #setPin(id: string, pinned: boolean): boolean {
    const at = this.#entries.findLastIndex((entry) => isFrame(entry, id));
    const entry = this.#entries[at];
    if (entry) this.#entries[at] = withPin(entry, pinned);
    return entry !== undefined;
  }

  #keepLimits(): void {
    const { maxTokens, maxSeconds, cutTo } = this.#limits;
    const isOld = this.#oldestAgeS() > maxSeconds;
    if (!isOld && this.tokens <= maxTokens) return;
    this.#cuts++;
    if (isOld) this.#become(withoutOld(this.#entries, cutTo * maxSeconds));
    if (this.tokens > maxTokens) this.#become(cutEntries(this.#entries, this.#limits, this.#gone.frames > 0));
  }

  #oldestAgeS(): number {
    const newest = this.#entries.at(-1);
    const oldest = this.#entries.find((entry) => !entry.pinned);
    return newest && oldest ? newest.untilClockS - oldest.untilClockS : 0;
  }

  #become({ entries, letGo, aged, merged, pinsLost }: CutOutcome<Content>): void {
    for (const entry of letGo) this.#gone.add(entry);
    this.#figures.aged += aged;
    this.#figures.merged += merged;
    this.#figures.pinsLost += pinsLost;
    this.#entries = entries;
    this.#parts = new WindowParts(this.#limits, this.#gone.text);
    for (const entry of entries) this.#parts.add(entry);
  }
}

/** Ids that can be pinned before their frames come. */
const MOST_AWAITED = 256;

function offLadder({ id, tokens }: WindowFrame<unknown>, ladder: readonly number[]): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what: `Frame ${id} has ${tokens} tokens, which is no scale of the ladder ${ladder.join(',')}.`,
    mend: 'Give the window the ladder of its stream.',
  });
}
