import { map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { ChangeDetector } from '../change/change-detector.ts';
import type { Frame } from '../media/frame.ts';
import { seconds } from '../media/timebase.ts';
import type { ScoredFrame } from './records.ts';

/**
 * Scores each frame against what the receiver holds. The first frame scores 1. One frame in, one out, in order.
 * @param detector - of this subscription alone; `proposeScale` tells it what became of the frame
 */
export function scoreChange(detector: ChangeDetector): OperatorFunction<Frame, ScoredFrame> {
  return map((frame) => ({ frame, change: detector.score(frame.data, seconds(frame.pts, frame.timebase)) }));
}
