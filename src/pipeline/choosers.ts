import { FramenestError } from '../errors.ts';
import { ceiling } from '../media/token-scale.ts';
import type { Ladder } from '../media/token-scale.ts';
import type { BudgetPlan } from '../scales/budget-plan.ts';
import { budgetSpending } from '../scales/budget-spending.ts';
import { changePolicy } from '../scales/change-policy.ts';
import { fidelitySpending } from '../scales/fidelity-spending.ts';
import { fixedPolicy } from '../scales/fixed-policy.ts';
import { gatePolicy } from '../scales/gate-policy.ts';
import { cappedLadder, defaultLadder, makeLadder, scaleOf } from '../scales/ladder.ts';
import type { LayoutName } from '../scales/layout.ts';
import { rateSpending } from '../scales/rate-spending.ts';
import type { ScalePolicy } from '../scales/scale-policy.ts';
import type { SpendingRule } from '../scales/spending.ts';
import { TokenSelector } from '../scales/token-selector.ts';
import { decidesOnFeatures } from './pipeline-options.ts';
import type { PipelineOptions } from './pipeline-options.ts';

/** What a token must be worth by default: policy `change` in squared grey levels, policies on features in cells × frames. */
export const DEFAULT_PRICE = { change: 400, features: 0.75 } as const;

/**
 * The ladder that the options name for an encoder's patch grid, or that grid's default, up to `maxScale`.
 * @throws FramenestError LADDER_INVALID
 */
export function ladderOf({ ladder, maxScale }: PipelineOptions, gridSide: number): Ladder {
  if (ladder === undefined) return defaultLadder(gridSide, maxScale);
  return maxScale === undefined ? makeLadder(gridSide, ladder) : cappedLadder(makeLadder(gridSide, ladder), maxScale);
}

/**
 * A fresh policy for before the encoder, with the state of one stream. Where features decide it only says whether the
 * encoder must run.
 * @throws FramenestError LADDER_INVALID
 */
export function policyOf(options: PipelineOptions, ladder: Ladder, plan?: BudgetPlan): ScalePolicy {
  const { policy, price = DEFAULT_PRICE.change } = options;
  if (decidesOnFeatures(options)) {
    return plan?.gated === false ? fixedPolicy(ceiling(ladder)) : gatePolicy(ladder, options);
  }
  if (policy === 'change') return changePolicy(ladder, { ...options, price });
  return fixedPolicy(scaleOf(ladder, Number(policy.slice('fixed:'.length))));
}

/** The shape of a stream's tokens. */
export function layoutOf(options: PipelineOptions): LayoutName {
  return options.layout ?? (decidesOnFeatures(options) ? 'tree' : 'uniform');
}

/** What a token must be worth for a policy on features. */
export function featurePrice({ price = DEFAULT_PRICE.features }: PipelineOptions): number {
  return price;
}

/**
 * A fresh selector for after the encoder, with the state of one stream; `undefined` where pixels decide.
 * @param plan - of the survey of this input, for policy `budget`
 * @param ignored - cells of the patch grid, `[gridSide²]`: 1 where nothing is worth a token
 * @throws FramenestError OPTION_INVALID
 */
export function selectorOf(
  options: PipelineOptions,
  ladder: Ladder,
  channels: number,
  plan?: BudgetPlan,
  ignored?: Uint8Array,
): TokenSelector | undefined {
  if (!decidesOnFeatures(options)) return undefined;
  return new TokenSelector(ladder, channels, layoutOf(options), spendingOf(options, ladder, plan), ignored);
}

function spendingOf(options: PipelineOptions, ladder: Ladder, plan?: BudgetPlan): SpendingRule {
  const { policy, tau, tokensPerSecond, burstS, budget } = options;
  const price = featurePrice(options);
  if (policy === 'rate' && tokensPerSecond !== undefined) {
    return rateSpending({ tokensPerSecond, burstS, price, sceneTokens: ceiling(ladder).tokens });
  }
  if (policy !== 'budget' || budget === undefined) return fidelitySpending(price, tau);
  if (plan) return budgetSpending(plan, budget);
  throw new FramenestError('OPTION_INVALID', {
    what: 'Option "policy" is "budget" without a plan of the input.',
    mend: 'Make one with surveyBudget, which reads the input once before it is run.',
  });
}
