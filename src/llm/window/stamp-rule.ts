import { formatTime } from '../../media/timebase.ts';

/** When text is written between frames, and what it is taken to cost. */
export interface StampOptions {
  /** Estimated tokens of one time stamp, ≥ 0. */
  readonly stampTokens: number;
  /** Shortest time between two stamps of frames that cost less than a stamp, seconds, ≥ 0. */
  readonly stampEveryS: number;
}

/** Estimated length of the text about frames that were let go, in stamps. */
export const GONE_STAMPS = 3;

/**
 * Which text goes before a frame; depends on the frames before it alone, so that a window can be appended to.
 *
 * - A merged frame has its span, `[0:01:00.0-0:01:30.0]`: counted as two stamps.
 * - A frame of more tokens than a stamp has its time, `[0:01:23.4]`, exact to the millisecond, unless the last stamp
 *   told the same.
 * - A coarser one, of which hundreds can follow each other, has it where the last stamp is `stampEveryS` old and there are
 *   frames of twice a stamp's tokens since, so that text is never most of a window; and after a merged frame.
 * - Where the stream's time starts anew, a text says so, counted as one stamp.
 */
export class StampRule {
  readonly #options: StampOptions;
  #segment: number | undefined;
  #stampedS = -Infinity;
  /** Tokens of frames since the last stamp. */
  #since = 0;
  #anew = false;
  #time: 0 | 1 | 2 = 0;

  constructor(options: StampOptions) {
    this.#options = options;
  }

  /** The next frame. @returns the stamps that the text before it counts as */
  next(segment: number, atS: number, tokens: number, merged: boolean): number {
    this.#anew = this.#segment !== undefined && segment !== this.#segment;
    if (this.#anew) this.#stampedS = -Infinity;
    this.#segment = segment;
    this.#time = merged ? 2 : this.#isDue(atS, tokens) ? 1 : 0;
    if (this.#time > 0) {
      this.#stampedS = merged ? -Infinity : atS;
      this.#since = 0;
    }
    this.#since += tokens;
    return Number(this.#anew) + this.#time;
  }

  /** The text before the frame that was the next; empty where there is none. */
  text(atS: number, untilS: number): string {
    const anew = this.#anew ? '[the stream is back, its time starts anew]' : '';
    if (this.#time === 0) return anew;
    return `${anew}[${shortTime(atS)}${this.#time === 2 ? `-${shortTime(untilS)}` : ''}]`;
  }

  #isDue(atS: number, tokens: number): boolean {
    const { stampTokens, stampEveryS } = this.#options;
    if (tokens > stampTokens || this.#stampedS === -Infinity) return atS !== this.#stampedS;
    return atS - this.#stampedS >= stampEveryS && this.#since >= 2 * stampTokens;
  }
}

/**
 * What is missing at the beginning of a window.
 * @param fromS - undefined where what is missing began in an earlier segment than it ended
 */
export function goneText(frames: number, fromS: number | undefined, untilS: number): string {
  const span = fromS === undefined ? `until ${shortTime(untilS)}` : `${shortTime(fromS)}-${shortTime(untilS)}`;
  return `[${span}: ${frames} frames no longer held]`;
}

/** `0:01:23.4`: to the millisecond, without zeros that say nothing but one. */
function shortTime(s: number): string {
  return formatTime(s).replace(/0{1,2}$/, '');
}
