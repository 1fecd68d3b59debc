import { seconds } from '../media/timebase.ts';
import type { Pts, Timebase } from '../media/timebase.ts';

/** Seconds of pts without a key frame after which the guard takes what comes: some cameras refresh row by row. */
const PATIENCE_S = 10;

/** The same in pictures, for streams whose pts say nothing: 10 s at 60 pictures a second. */
const PATIENCE_PICTURES = 600;

/** What the guard looks at, in presentation order. */
export interface GuardedPicture {
  readonly pts: Pts | undefined;
  readonly keyframe: boolean;
  /** The decoder says that it is damaged. */
  readonly corrupt: boolean;
}

/**
 * Keeps damaged pictures of a live stream back: the first ones before a key frame, and whatever follows a damage up to
 * the next key frame that is shown after it. (What is shown after a key frame and sent before it does not exist; so by
 * the pts alone the guard tells a key frame after the damage from one that only came late out of the decoder.)
 *
 * A stream that gives no such key frame for 10 s of pts or 600 pictures is taken as it comes, until it gives a key frame
 * and nothing was damaged since the one before.
 */
export class SmearGuard {
  readonly #timebase: Timebase;
  #state: 'clean' | 'waiting' | 'resigned' = 'waiting';
  /** Of the damage that is shown last; a key frame must come after it. */
  #damage: Pts | undefined;
  /** Something was damaged that nobody could place: the next picture is taken for it. */
  #unplaced = false;
  /** Something was damaged since the last key frame. */
  #hurt = false;
  #since: Pts | undefined;
  #inRow = 0;
  #discarded = 0;

  /** @param timebase - of every pts */
  constructor(timebase: Timebase) {
    this.#timebase = timebase;
  }

  /** Pictures that were not admitted. */
  get discarded(): number {
    return this.#discarded;
  }

  /** Something of the stream was lost or cannot be decoded; `pts` says where. Undefined: in the next picture. */
  damaged(pts: Pts | undefined): void {
    this.#unplaced ||= pts === undefined;
    this.#hurtAt(pts);
  }

  /** Whether a picture may be shown. Call it once for each. */
  admits(picture: GuardedPicture): boolean {
    if (picture.corrupt || this.#unplaced) this.#hurtAt(picture.pts);
    else if (picture.keyframe) this.#start(picture.pts);
    this.#unplaced = false;
    if (this.#state === 'waiting' && this.#isOutOfPatience(picture.pts)) this.#state = 'resigned';
    if (this.#state !== 'waiting') return true;
    this.#discarded += 1;
    return false;
  }

  #hurtAt(pts: Pts | undefined): void {
    this.#hurt = true;
    if (this.#state === 'clean') this.#wait();
    if (pts !== undefined && (this.#damage === undefined || pts > this.#damage)) this.#damage = pts;
  }

  #wait(): void {
    this.#state = 'waiting';
    this.#damage = undefined;
    this.#since = undefined;
    this.#inRow = 0;
  }

  /** A key frame that is whole. */
  #start(pts: Pts | undefined): void {
    if (this.#state === 'resigned' ? !this.#hurt : this.#mends(pts)) this.#state = 'clean';
    this.#hurt = false;
  }

  #mends(pts: Pts | undefined): boolean {
    if (pts === undefined || this.#damage === undefined || pts > this.#damage) return true;
    // The camera has set its clock back: nothing will ever come after the damage.
    return seconds(this.#damage - pts, this.#timebase) >= PATIENCE_S;
  }

  #isOutOfPatience(pts: Pts | undefined): boolean {
    this.#since ??= pts;
    this.#inRow += 1;
    const waited = pts === undefined || this.#since === undefined ? 0n : pts - this.#since;
    return Math.abs(seconds(waited, this.#timebase)) >= PATIENCE_S || this.#inRow > PATIENCE_PICTURES;
  }
}
