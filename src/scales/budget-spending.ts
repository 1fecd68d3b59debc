import { FramenestError } from '../errors.ts';
import type { BudgetPlan } from './budget-plan.ts';
import type { SpendingRule } from './spending.ts';

/**
 * A total for the whole input: at every frame the one price at which the rest of the input, by the plan, costs what is
 * left of the budget. What the plan got wrong is put right by the frames that follow, and the last one that has more to
 * say than one token takes what is left over, so the total is met closely; it is never exceeded, since a frame may take
 * no more than leaves one token for each frame after it.
 * @param budget - tokens in all
 * @throws FramenestError OPTION_INVALID where it is less than one token a frame
 */
export function budgetSpending(plan: BudgetPlan, budget: number): SpendingRule {
  if (budget < plan.frames) {
    throw new FramenestError('OPTION_INVALID', {
      what: `A budget of ${budget} tokens is less than the ${plan.frames} frames of this input: each takes at least one.`,
      mend: `Give at least ${plan.frames} tokens, or fewer frames with --fps.`,
    });
  }
  const costs = plan.prices.map((_, i) => plan.tokens(i));
  let left = budget;
  let frame = 0;
  const last = lastBuyer(plan);
  return {
    allow() {
      const price = frame === last ? 0 : priceFor(plan.prices, costs, left);
      for (let i = 0; i < costs.length; i++) costs[i]! -= plan.tokens(i, frame, Math.min(frame + 1, plan.frames));
      frame++;
      return { price, most: Math.max(1, left - Math.max(0, plan.frames - frame)) };
    },
    spent(tokens) {
      left -= tokens;
    },
  };
}

/** The last frame that would take more than its one token at some price. */
function lastBuyer(plan: BudgetPlan): number {
  let frame = plan.frames - 1;
  while (frame > 0 && plan.tokens(0, frame, frame + 1) === 1) frame--;
  return frame;
}

/** Straight lines between the logarithms; past the ends, the price follows the square of what is missing. */
function priceFor(prices: readonly number[], costs: readonly number[], left: number): number {
  const last = prices.length - 1;
  const wanted = Math.max(1, left);
  const cost = (i: number): number => Math.max(1, costs[i]!);
  if (wanted >= cost(0)) return prices[0]! * (cost(0) / wanted) ** 2;
  if (wanted <= cost(last)) return prices[last]! * (cost(last) / wanted) ** 2;
  let i = 0;
  while (i < last - 1 && cost(i + 1) > wanted) i++;
  const step = Math.log(cost(i) / cost(i + 1));
  const share = step === 0 ? 0 : Math.log(cost(i) / wanted) / step;
  return prices[i]! * (prices[i + 1]! / prices[i]!) ** share;
}
