import type { TokenScale } from '../media/token-scale.ts';
import type { ScalePolicy } from './scale-policy.ts';

/** Every frame at the same scale, whatever happens: the baseline. */
export function fixedPolicy(scale: TokenScale): ScalePolicy {
  return { choose: () => ({ scale, reason: 'fixed' }) };
}
