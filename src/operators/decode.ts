import { tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { CreditWindow } from '../flow/credit-window.ts';
import { fromPull } from '../flow/from-pull.ts';
import { liveEdge } from '../flow/live-edge.ts';
import { SteadyClock } from '../flow/steady-clock.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Frame } from '../media/frame.ts';

/** Decoded frames that a live source may be ahead of the pipeline before the oldest is let go. */
const LIVE_FRAMES = 2;

/** The part of a stream's counts that `decode` keeps. */
export interface TakenCounts {
  /** Frames that the pipeline took and has not packed yet. */
  inFlight: number;
  /** Times that a camera's clock had to be corrected. */
  clockJumps: number;
}

/**
 * The frames of a source, one credit each. A file waits for credits; a camera is drained always, and what the pipeline
 * has no credit for is let go here, before any stage that keeps state, and counted in `droppedBefore`. The pts of a
 * camera ascend, whatever its clock does; see `SteadyClock`. Unsubscribing stops the decoder and frees it.
 * @param counts - what was taken from the source is added up here
 */
export function decode(source: FrameSource, credits: CreditWindow, counts?: TakenCounts): Observable<Frame> {
  const open = (signal: AbortSignal): AsyncIterable<Frame> => {
    const frames = liveEdge(source, signal, LIVE_FRAMES);
    return source.facts.live ? steady(frames, counts) : frames;
  };
  const frames = fromPull(open, credits);
  return counts ? frames.pipe(tap(() => counts.inFlight++)) : frames;
}

async function* steady(frames: AsyncIterable<Frame>, counts?: TakenCounts): AsyncGenerator<Frame, void, undefined> {
  const clock = new SteadyClock();
  for await (const frame of frames) {
    const before = clock.jumps;
    const pts = clock.steady(frame);
    if (counts) counts.clockJumps += clock.jumps - before;
    yield pts === frame.pts ? frame : { ...frame, pts };
  }
}
