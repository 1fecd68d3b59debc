import type { Pts } from '../media/timebase.ts';
import type { VideoStream } from './stream-choice.ts';

/**
 * Gives a pts to pictures whose container has none (raw H.264): the one before plus the mean distance of two pictures,
 * at least one tick; the first is 0. One instance per source, called in presentation order.
 */
export class MissingPts {
  readonly #step: Pts;
  #last: Pts | undefined;

  constructor(stream: VideoStream) {
    const { num, den } = stream.timebase;
    const ticks = stream.meanFps > 0 ? Math.round(den / (num * stream.meanFps)) : 1;
    this.#step = BigInt(Math.max(1, ticks));
  }

  /** The given pts, or the filled-in one for `undefined`. */
  fill(pts: Pts | undefined): Pts {
    const filled = pts ?? (this.#last === undefined ? 0n : this.#last + this.#step);
    this.#last = filled;
    return filled;
  }
}
