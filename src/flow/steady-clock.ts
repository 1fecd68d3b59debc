import { seconds, ticks } from '../media/timebase.ts';
import type { Pts, Timebase } from '../media/timebase.ts';

/** A step forward by so much more than the time that really passed is a jump of the camera's clock, seconds. */
const LEAP_S = 10;

/** What the clock looks at. */
export interface TimedFrame {
  readonly pts: Pts;
  readonly timebase: Timebase;
  readonly wallclockUs?: bigint;
}

/**
 * Keeps the pts of a live source ascending. Cameras set their clocks, loop, and wrap; where a pts falls back, stands
 * still, or leaps ahead of the time that really passed, what follows is shifted so that it goes on from the last pts by
 * the time that passed between the two frames. One instance for each epoch.
 */
export class SteadyClock {
  #shift = 0n;
  #last: { readonly pts: Pts; readonly wallUs: bigint } | undefined;
  #jumps = 0;

  /** Times that the camera's clock had to be corrected. */
  get jumps(): number {
    return this.#jumps;
  }

  /** The frame's pts on the steady line: greater than the one before. Call it once a frame, in order. */
  steady({ pts, timebase, wallclockUs }: TimedFrame): Pts {
    const wallUs = wallclockUs ?? BigInt(Date.now()) * 1000n;
    const last = this.#last;
    let steady = pts + this.#shift;
    if (last) {
      const passedS = Math.max(0, Number(wallUs - last.wallUs) / 1e6);
      const stepS = seconds(steady - last.pts, timebase);
      if (stepS <= 0 || stepS > passedS + LEAP_S) {
        const step = ticks(passedS, timebase);
        steady = last.pts + (step > 0n ? step : 1n);
        this.#shift = steady - pts;
        this.#jumps++;
      }
    }
    this.#last = { pts: steady, wallUs };
    return steady;
  }
}
