import type { WindowPart } from '../window-frame.ts';
import type { HeldEntry } from './held-entry.ts';
import { GONE_STAMPS, StampRule } from './stamp-rule.ts';
import type { StampOptions } from './stamp-rule.ts';

/** The parts of a window between two cuts: only ever appended to. */
export class WindowParts<Content> {
  readonly #parts: WindowPart<Content>[] = [];
  readonly #rule: StampRule;
  readonly #stampTokens: number;
  #tokens = 0;

  /** @param gone - what to say about frames that are not there any more */
  constructor(options: StampOptions, gone?: string) {
    this.#rule = new StampRule(options);
    this.#stampTokens = options.stampTokens;
    this.#text(gone ?? '', GONE_STAMPS);
  }

  /** Tokens of the frames, and the estimate for the text. */
  get tokens(): number {
    return this.#tokens;
  }

  /** A copy of the list. */
  get all(): readonly WindowPart<Content>[] {
    return this.#parts.slice();
  }

  /** Appends a frame, with the text that goes before it. */
  add({ frame, segment, frames, tokens, atS, untilS }: HeldEntry<Content>): void {
    const stamps = this.#rule.next(segment, atS, tokens, frames > 1);
    this.#text(this.#rule.text(atS, untilS), stamps);
    this.#parts.push({ type: 'frame', frame });
    this.#tokens += tokens;
  }

  #text(text: string, stamps: number): void {
    if (text === '') return;
    this.#parts.push({ type: 'text', text });
    this.#tokens += stamps * this.#stampTokens;
  }
}
