import type { StreamMoment } from '../../operators/note-moments.ts';
import type { FramePlace } from './frame-place.ts';

/** Moments that may wait for their frames; beyond that the oldest are let go. */
const MOST = 1000;

type Kind = StreamMoment['kind'];

/** Something that happened in a stream, and the frame that told of it. */
export interface PlacedMoment extends FramePlace {
  readonly kind: Kind;
}

/** Holds what happened in a stream until the frames that told of it have come, since each comes by its own way. */
export class MomentInbox {
  #told: PlacedMoment[] = [];

  /** Takes one in. */
  put(moment: PlacedMoment): void {
    if (this.#told.push(moment) > MOST) this.#told.shift();
  }

  /** What was told up to this frame, in order; each once. */
  take({ epoch, sequence }: FramePlace): Kind[] {
    const isDue = (told: FramePlace): boolean =>
      told.epoch < epoch || (told.epoch === epoch && told.sequence <= sequence);
    const due = this.#told.filter(isDue);
    if (due.length > 0) this.#told = this.#told.filter((told) => !isDue(told));
    return due.map(({ kind }) => kind);
  }
}
