import type { WindowFrame, WindowView } from '../window-frame.ts';
import { FrameOrder } from './frame-order.ts';
import { coarserEntry, heldEntry, mergedEntry } from './held-entry.ts';
import type { HeldEntry } from './held-entry.ts';
import { StampRule } from './stamp-rule.ts';
import { checkWindow } from './window-options.ts';
import type { ContextWindowOptions, WindowLimits } from './window-options.ts';
import { WindowParts } from './window-parts.ts';

/** Entries may take so many times the limit before they are made coarser; what is left over is decided in the end. */
const HELD = 2;

/**
 * A part of a video for a language model, all of it with the same care: where its frames are more than fit, the finest
 * scale of all of them goes down, and where the coarsest is too much, neighbours are merged, in runs of equal length. Nothing
 * is let go. Beside it `ContextWindow` holds a stream, whose newest frames matter most.
 *
 * Memory: contents of at most twice `maxTokens` tokens, and of one frame.
 */
export class EvenWindow<Content> {
  readonly #limits: WindowLimits<Content>;
  readonly #order = new FrameOrder();
  #entries: HeldEntry<Content>[] = [];
  /** Of the ladder: no frame is finer. */
  #level: number;
  /** Most frames in a merged one. */
  #run = 1;
  #tokens = 0;
  #pushed = 0;

  /**
   * @param options - of them `ladder`, `maxTokens`, `aging` and the stamps
   * @throws FramenestError OPTION_INVALID, LADDER_INVALID as `ContextWindow`
   */
  constructor(options: ContextWindowOptions<Content>) {
    this.#limits = checkWindow(options);
    this.#level = this.#limits.ladder.length - 1;
  }

  /**
   * Takes in the next frame; its content is kept, not copied. One that came before is not taken in.
   * @throws FramenestError OPTION_INVALID where it is of another stream or has no time
   */
  push(frame: WindowFrame<Content>): void {
    const seat = this.#order.next(frame);
    if (!seat) return;
    const { aging, maxTokens, ladder } = this.#limits;
    const entry = coarserEntry(heldEntry(frame, seat, false), this.#scale, ladder, aging);
    this.#pushed++;
    const before = this.#entries.length;
    this.#add(entry);
    // One that was merged has the tokens of one.
    if (this.#entries.length > before) this.#tokens += entry.tokens;
    while (this.#tokens > HELD * maxTokens && this.#entries.length > 1) this.#tighten();
  }

  /** All that was pushed, within `maxTokens`. */
  view(): WindowView<Content> {
    const { maxTokens } = this.#limits;
    const over = (tokens: readonly number[]): boolean => this.#cost(tokens) > maxTokens;
    while (over(this.#entries.map(({ tokens }) => tokens))) {
      if (this.#level === 0 || over(this.#down(0))) this.#tighten();
      else this.#become(this.#down(this.#mostKept()));
    }
    const parts = new WindowParts<Content>(this.#limits);
    for (const entry of this.#entries) parts.add(entry);
    const [first, last] = [this.#entries[0], this.#entries.at(-1)];
    return {
      ...{ parts: parts.all, tokens: parts.tokens, cuts: 0 },
      fromS: first?.atS ?? NaN,
      toS: last?.untilS ?? NaN,
    };
  }

  /** Tokens of the finest scale. */
  get #scale(): number {
    return this.#limits.ladder[this.#level] ?? 1;
  }

  /** One scale down; at the coarsest, longer runs. */
  #tighten(): void {
    if (this.#level > 0) {
      const tokens = this.#down(0);
      this.#level--;
      return this.#become(tokens);
    }
    this.#run *= 2;
    const entries = this.#entries;
    this.#entries = [];
    for (const entry of entries) this.#add(entry);
    this.#tokens = this.#entries.reduce((sum, { tokens }) => sum + tokens, 0);
  }

  /** Appends an entry, or makes it one with the last while that has no more than a run's frames. */
  #add(entry: HeldEntry<Content>): void {
    const last = this.#entries.at(-1);
    // Across a time that starts anew only where nothing else is left to merge.
    const near = last?.segment === entry.segment || this.#run > this.#pushed;
    if (!last || !near || last.frames + entry.frames > this.#run) this.#entries.push(entry);
    else this.#entries.splice(-1, 1, mergedEntry([last, entry], this.#limits.aging));
  }

  /** Tokens of each entry where so many of the finest stay as they are, evenly spread, and the others go down. */
  #down(kept: number): number[] {
    const lower = this.#limits.ladder[this.#level - 1] ?? 1;
    const finest = this.#entries.filter(({ tokens }) => tokens > lower).length;
    let seen = 0;
    return this.#entries.map(({ tokens }) => {
      if (tokens <= lower) return tokens;
      const stays = Math.floor(((seen + 1) * kept) / finest) > Math.floor((seen * kept) / finest);
      seen++;
      return stays ? tokens : lower;
    });
  }

  /** How many of the finest can stay within the limit. */
  #mostKept(): number {
    let [fits, over] = [0, this.#entries.length];
    while (over - fits > 1) {
      const middle = Math.floor((fits + over) / 2);
      if (this.#cost(this.#down(middle)) <= this.#limits.maxTokens) fits = middle;
      else over = middle;
    }
    return fits;
  }

  #become(tokens: readonly number[]): void {
    const { ladder, aging } = this.#limits;
    this.#entries = this.#entries.map((entry, i) => coarserEntry(entry, tokens[i] ?? 1, ladder, aging));
    this.#tokens = tokens.reduce((sum, each) => sum + each, 0);
  }

  /** Frames, and the text between them. */
  #cost(tokens: readonly number[]): number {
    const rule = new StampRule(this.#limits);
    const stamps = this.#entries.reduce(
      (sum, { segment, atS, frames }, i) => sum + rule.next(segment, atS, tokens[i] ?? 1, frames > 1),
      0,
    );
    return tokens.reduce((sum, each) => sum + each, 0) + stamps * this.#limits.stampTokens;
  }
}
