import type { FrameSource } from '../media/frame-source.ts';
import type { Frame } from '../media/frame.ts';
import { keepNewest } from './keep-newest.ts';

/**
 * The frames of a source. A file waits for whoever reads; a camera is drained always, and what nobody takes in time is let
 * go, the oldest first, counted in the `droppedBefore` of the frame after it.
 * @param capacity - frames of a camera that wait at most, ≥ 1
 */
export function liveEdge(source: FrameSource, signal: AbortSignal, capacity: number): AsyncIterable<Frame> {
  const frames = source.frames(signal);
  if (!source.facts.live) return frames;
  const mark = (frame: Frame, dropped: number): Frame => ({ ...frame, droppedBefore: frame.droppedBefore + dropped });
  const letGo = (frame: Frame): number => {
    source.recycle(frame.data);
    return 1 + frame.droppedBefore;
  };
  return keepNewest(frames, capacity, mark, letGo);
}
