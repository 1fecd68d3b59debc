/** One frame kept to be shown. */
export interface FilmFrame {
  readonly index: number;
  /** RGB24, `side² × 3` bytes, owned by the roll. */
  readonly rgb: Uint8Array;
  /** Of the tokens that the reference tree took; empty where it sent nothing new. */
  readonly positions: Int32Array;
}

/** The kept frames of one clip. */
export interface Film {
  /** Rows, and columns, of each picture, pixels. */
  readonly side: number;
  /** Width of the picture as it was filmed, over its height. */
  readonly aspect: number;
  readonly frames: readonly FilmFrame[];
}

/**
 * At most so many frames of a clip of unknown length, spread evenly: every n-th frame is kept, and when the roll is full
 * every other one is let go and n doubles.
 */
export class FilmRoll {
  readonly frames: FilmFrame[] = [];
  readonly #most: number;
  #every = 1;

  /** @param most - frames, ≥ 2 */
  constructor(most: number) {
    this.#most = most;
  }

  /** Copies what it keeps. */
  offer({ index, rgb, positions }: FilmFrame): void {
    if (index % this.#every !== 0) return;
    if (this.frames.length === this.#most) {
      this.#every *= 2;
      const kept = this.frames.filter((frame) => frame.index % this.#every === 0);
      this.frames.splice(0, this.frames.length, ...kept);
      if (index % this.#every !== 0) return;
    }
    this.frames.push({ index, rgb: rgb.slice(), positions: positions.slice() });
  }
}
