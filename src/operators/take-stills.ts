import { defer, tap } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import { Notifier } from '../flow/notifier.ts';
import type { Frame } from '../media/frame.ts';
import type { ResizeMode } from '../media/vision-encoder.ts';

/** Stills are taken for so long after somebody asked, milliseconds. */
const WANTED_MS = 10_000;

/** Between two stills of a stream, milliseconds. */
const APART_MS = 500;

/** What became of the source's picture in the encoder's square. */
export interface StillGeometry {
  /** The upright picture of the source, pixels. */
  readonly width: number;
  readonly height: number;
  readonly resize: ResizeMode;
}

/** One frame as the encoder sees it. Never changed after it was made. */
export interface Still {
  /** RGB24, `[side, side, 3]`; owned by the still. */
  readonly rgb: Uint8Array<ArrayBuffer>;
  /** Pixels. */
  readonly side: number;
  /** Of the packet that this frame becomes. */
  readonly sequence: number;
  readonly picture: StillGeometry;
}

/**
 * Where a stream leaves its newest picture for whoever asked within the last 10 s: one still, at most two a second. While
 * nobody asks, a frame costs a comparison.
 */
export class StillSlot {
  readonly #now: () => number;
  readonly #taken = new Notifier();
  #askedAt = -Infinity;
  #takenAt = -Infinity;
  /** Frames that came by. */
  #seen = 0;
  #seenAtStill = -1;
  #newest: Still | undefined;

  /** @param now - a clock that never falls, milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The newest still; undefined where none was ever taken. */
  get newest(): Still | undefined {
    return this.#newest;
  }

  /**
   * Asks for the picture as it is now. Waits for the next frame where the newest still is out of date, though not for
   * long: a stream may stand still.
   * @param patienceMs - how long at most
   * @returns what `newest` is then; an older picture where no frame came
   */
  async ask(signal: AbortSignal, patienceMs = 1_000): Promise<Still | undefined> {
    const now = this.#now();
    this.#askedAt = now;
    const current = this.#seenAtStill === this.#seen || now - this.#takenAt < 2 * APART_MS;
    if (!current) await this.#taken.wait(signal, patienceMs);
    return this.#newest;
  }

  /** Takes note of a frame; copies its pixels where they are wanted. */
  offer({ data, width }: Frame, sequence: number, picture: StillGeometry): void {
    this.#seen++;
    if (this.#askedAt === -Infinity) return;
    const now = this.#now();
    if (now - this.#askedAt > WANTED_MS) this.#askedAt = -Infinity;
    else if (now - this.#takenAt >= APART_MS) {
      this.#takenAt = now;
      this.#seenAtStill = this.#seen;
      this.#newest = { rgb: data.slice(), side: width, sequence, picture };
      this.#taken.notify();
    }
  }
}

/**
 * Leaves stills of passing frames in a slot and changes nothing. Right after `decode`: later a frame's pixels are gone.
 * @param firstSequence - of the first packet of this run
 */
export function takeStills(
  slot: StillSlot,
  picture: StillGeometry,
  firstSequence: number,
): MonoTypeOperatorFunction<Frame> {
  return (source) =>
    defer(() => {
      let sequence = firstSequence;
      return source.pipe(tap((frame) => slot.offer(frame, sequence++, picture)));
    });
}
