import type { Observable } from 'rxjs';
import type { CreditWindow } from '../flow/credit-window.ts';
import { fromPull } from '../flow/from-pull.ts';
import { keepNewest } from '../flow/keep-newest.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Frame } from '../media/frame.ts';

/** Decoded frames that a live source may be ahead of the pipeline before the oldest is let go. */
const LIVE_FRAMES = 4;

/**
 * The frames of a source, one credit each. A file waits for credits; a camera is drained always, and what the pipeline
 * has no credit for is let go here, before any stage that keeps state, and counted in `droppedBefore`.
 * Unsubscribing stops the decoder and frees it.
 */
export function decode(source: FrameSource, credits: CreditWindow): Observable<Frame> {
  const open = (signal: AbortSignal): AsyncIterable<Frame> => {
    const frames = source.frames(signal);
    return source.facts.live ? keepNewest(frames, LIVE_FRAMES, countDropped) : frames;
  };
  return fromPull(open, credits);
}

function countDropped(frame: Frame, dropped: number): Frame {
  return { ...frame, droppedBefore: frame.droppedBefore + dropped };
}
