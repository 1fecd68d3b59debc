import {
  BudgetPlan,
  ChangeDetector,
  TokenSelector,
  budgetSpending,
  changePolicy,
  fidelitySpending,
  makeLadder,
  parsePipelineOptions,
  rateSpending,
  surveyPrices,
} from 'framenest';
import { positionOf } from '#dist/scales/scale-tree.js';
import { replay } from './replay.mjs';
import { runSelectors } from './run-selectors.mjs';

const { refreshS, hysteresis, minSceneS, burstS } = parsePipelineOptions({});

/** Prices from nearly everything to nearly nothing, cells × frames. */
const PRICES = [0.03, 0.1, 0.3, 0.6, 1.2, 2.5, 5, 10, 20, 40, 80];

/** What a policy of the product did: a run, and what it cost to get there. */
/** @typedef {import('./receiver.mjs').Run & { ran: boolean[], ms: number[], sent: { positions: Int32Array | undefined, tokens: number }[], ladder: import('framenest').Ladder }} PolicyRun */

/** One selector, one run. */
function selected(clip, ladder, layout, rule, scored, gated = true) {
  const sent = [];
  const ran = [];
  const ms = [];
  const selector = new TokenSelector(ladder, clip.channels, layout, rule);
  runSelectors(clip, ladder, [selector], { gated }, (_, frame, run, took) => {
    sent.push(frame);
    ran.push(run);
    ms.push(took);
  });
  return { ...replay(scored, ladder, sent), ran, ms, sent, ladder };
}

function featurePolicy(name, scales, layout, knobs, rule, { gated = true } = {}) {
  const run = (clip, knob, scored = clip) => {
    const ladder = makeLadder(clip.gridSide, scales);
    return selected(clip, ladder, layout, rule(clip, knob, ladder), scored, gated);
  };
  return { name, knobs, run };
}

/** Ladders: up to the default ceiling, and up to the encoder's own patches. */
export const M3 = [1, 9, 36, 144];
export const FULL = [...M3, 576];

/**
 * Policy `rate`, at a price so low that its ceiling is what binds.
 * @param {number} tokensPerSecond
 * @param {import('framenest').Ladder} ladder
 */
export function underCeiling(tokensPerSecond, ladder) {
  return rateSpending({ tokensPerSecond, burstS, price: 0.1, sceneTokens: ladder.scales.at(-1).tokens });
}

const byPrice = (_, price) => fidelitySpending(price);

/** The first pass of policy `budget`, once a clip. */
const plans = new WeakMap();

function planOf(clip, ladder) {
  let plan = plans.get(clip);
  if (plan) return plan;
  const prices = surveyPrices(1);
  plan = new BudgetPlan(prices, true);
  const selectors = prices.map((price) => new TokenSelector(ladder, clip.channels, 'tree', fidelitySpending(price)));
  let counts = [];
  runSelectors(clip, ladder, selectors, { gated: true }, (i, { tokens }) => {
    counts[i] = tokens;
    if (i === selectors.length - 1) plan.add(counts);
  });
  plans.set(clip, plan);
  return plan;
}

/** Policy `change`: pixels alone decide, whole frames. */
const change = {
  name: 'change',
  knobs: [12, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800],
  run(clip, price, scored = clip) {
    const ladder = makeLadder(clip.gridSide, M3);
    const detector = new ChangeDetector({ frameSide: clip.inputSide, ladder, minSceneS });
    const policy = changePolicy(ladder, { price, refreshS, hysteresis });
    const ms = [];
    const sent = clip.rgb.map((rgb, t) => {
      const started = performance.now();
      const { scale } = policy.choose(detector.score(rgb, clip.timesS[t]));
      detector.sent(scale);
      ms.push(performance.now() - started);
      if (!scale) return { positions: undefined, tokens: 1 };
      const positions = Int32Array.from({ length: scale.tokens }, (_, cell) => positionOf(scale.level, cell));
      return { positions, tokens: scale.tokens };
    });
    const ran = sent.map(({ positions }) => positions !== undefined);
    return { ...replay(scored, ladder, sent), ran, ms, sent, ladder };
  },
};

/** The policies of the product as methods of the bench; the first is the one that the summary speaks of. */
export const policies = [
  featurePolicy('fidelity-576', FULL, 'tree', PRICES, byPrice),
  featurePolicy('fidelity', M3, 'tree', PRICES, byPrice),
  featurePolicy('fidelity-ungated', FULL, 'tree', PRICES, byPrice, { gated: false }),
  featurePolicy('fidelity-uniform', M3, 'uniform', PRICES, byPrice),
  featurePolicy('rate', M3, 'tree', [2, 4, 8, 16, 32, 64, 96], (clip, tokens, ladder) =>
    underCeiling(tokens * clip.fps, ladder),
  ),
  featurePolicy('budget', M3, 'tree', [1.5, 2, 4, 8, 16, 32, 64], (clip, tokens, ladder) =>
    budgetSpending(planOf(clip, ladder), Math.ceil(tokens * clip.frames.length)),
  ),
  change,
];
