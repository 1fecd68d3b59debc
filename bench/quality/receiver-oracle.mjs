import { fillBudget } from './fill-budget.mjs';
import { LADDER, tooSmall, wholeBudget } from './oracle.mjs';
import { pieceDistances } from './piece-distances.mjs';
import { ScalePlanner } from './scale-planner.mjs';
import { uniformRun } from './uniform-run.mjs';

/** A clip of fewer frames is solved exactly; time and memory of a longer one grow with frames × this. */
const LOOKBACK = 320;

/**
 * D*(B) of uniform scales for the receiver that keeps older detail, by a Lagrange multiplier over the tokens.
 *
 * For one price of a token the best plan is exact ({@link ScalePlanner}). The budget lies between the plans of two
 * prices; the cheaper one, filled up greedily, is returned: **approximate**, by no more than its distance to `bound`. Where a clip is
 * longer than `lookback`, every band is renewed within that many frames, and there is no bound.
 * @param {import('./pooled-frames.mjs').Clip} clip
 * @param {number} tokensPerFrame the budget B, at least the coarsest scale
 * @param {object} [options]
 * @param {readonly number[]} [options.ladder] scales to choose from, coarsest first
 * @param {readonly import('./receiver.mjs').Run[]} [options.candidates] runs to take instead where they are better and
 *   within the budget, such as a policy's own; they may send trees, which can beat every uniform plan
 * @param {number} [options.lookback] frames
 * @returns {import('./receiver.mjs').Run & { bound: number | undefined }} `bound`: no plan of uniform scales within the
 *   budget has a smaller Σ‖X_t − X̂_t‖²
 */
export function receiverOracle(clip, tokensPerFrame, { ladder = LADDER, candidates = [], lookback = LOOKBACK } = {}) {
  const frames = clip.frames.length;
  const budget = wholeBudget(tokensPerFrame, frames);
  if (budget < ladder[0] * frames) throw tooSmall(clip, tokensPerFrame, ladder);
  const distances = pieceDistances(clip, ladder, lookback);
  const planner = new ScalePlanner(distances);
  const measure = (scales) => uniformRun(clip, scales, ladder);
  const ends = [ladder[0], ladder.at(-1)].map((scale) => measure(new Array(frames).fill(scale)));
  const { run, bound } = search(ends, (price) => measure(planner.plan(price)), budget);
  const filled = measure(fillBudget(distances, [...run.tokens], budget));
  const within = candidates.filter((candidate) => sum(candidate.tokens) <= budget);
  const best = within.reduce((a, b) => (sum(b.errors) < sum(a.errors) ? b : a), filled);
  return { ...best, bound: frames < lookback ? bound : undefined };
}

/** Closes in on the two corners of the convex hull of all plans that the budget lies between. */
function search([below, above], runAt, budget) {
  if (sum(above.tokens) <= budget) return { run: above, bound: sum(above.errors) };
  for (;;) {
    const price = (sum(below.errors) - sum(above.errors)) / (sum(above.tokens) - sum(below.tokens));
    const cost = (run) => sum(run.errors) + price * sum(run.tokens);
    const run = runAt(price);
    // A corner beyond the line through both costs less at its price; the margin is that of float64.
    if (!(cost(run) < cost(below) * (1 - 1e-9))) return { run: below, bound: cost(below) - price * budget };
    if (sum(run.tokens) <= budget) below = run;
    else above = run;
  }
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
