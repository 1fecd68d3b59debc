import type { StillPicture } from './still-feed.ts';

/** Pictures kept: two minutes at two a second, some 20 KB each. */
const KEPT = 240;

/** The newest pictures of a stream by their sequence, for scrubbing: the log keeps tokens, not pictures. */
export class StillMemory {
  readonly #stills: StillPicture[] = [];

  /** Keeps a picture; the oldest goes where they are too many. */
  put(still: StillPicture): void {
    // A server that counts anew: what is here is of other frames.
    if (still.sequence < (this.#stills.at(-1)?.sequence ?? 0)) this.#stills.length = 0;
    this.#stills.push(still);
    if (this.#stills.length > KEPT) this.#stills.shift();
  }

  /** The last picture at or before a sequence, if it is no more than so many frames older. */
  at(sequence: number, frames: number): StillPicture | undefined {
    const still = this.#stills.findLast((each) => each.sequence <= sequence);
    return still && sequence - still.sequence <= frames ? still : undefined;
  }
}
