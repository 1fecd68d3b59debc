import { map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { ChangeDetector } from '../change/change-detector.ts';
import type { ScalePolicy } from '../scales/scale-policy.ts';
import type { ScaledFrame, ScoredFrame } from './records.ts';

/**
 * Gives each frame its scale, or holds it, and tells the detector, so that the next frame is scored against what is
 * really sent. Synchronous: no frame enters `scoreChange` in between.
 */
export function proposeScale(
  policy: ScalePolicy,
  detector: ChangeDetector,
): OperatorFunction<ScoredFrame, ScaledFrame> {
  return map((scored) => {
    const choice = policy.choose(scored.change);
    detector.sent(choice.scale);
    return { ...scored, choice };
  });
}
