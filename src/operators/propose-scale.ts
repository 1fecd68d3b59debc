import { map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { ChangeDetector } from '../change/change-detector.ts';
import type { ScalePolicy } from '../scales/scale-policy.ts';
import type { ScaledFrame, ScoredFrame } from './records.ts';

/**
 * Gives each frame its scale, or holds it, and tells the detector, so that the next frame is scored against what is
 * really sent. Synchronous: no frame enters `scoreChange` in between.
 * @param pressure - 0 … 1, asked for each frame: see `ScalePolicy`
 */
export function proposeScale(
  policy: ScalePolicy,
  detector: ChangeDetector,
  pressure: () => number = () => 0,
): OperatorFunction<ScoredFrame, ScaledFrame> {
  return map((scored) => {
    const now = pressure();
    const choice = policy.choose(scored.change, now);
    detector.sent(choice.scale);
    return { ...scored, choice, ...(now > 0 && { pressure: now }) };
  });
}
