import { baselines } from './baselines/index.mjs';
import { frontier } from './bd-rate.mjs';
import { costOf } from './cost.mjs';
import { oracleGap, shuffledSelf } from './oracle.mjs';
import { policies } from './policies.mjs';
import { ratePoint } from './rate-distortion.mjs';
import { receiverOracle } from './receiver-oracle.mjs';
import { droppedIndex, fullIndex, policyIndex, recallAtOne } from './retrieval.mjs';
import { saving } from './saving.mjs';

/** Tokens a frame at which the oracle gap and the cost are looked at. */
const WORKING_POINT = 16;

/** What the second encoder is asked about: sending by these, scored there. */
const SECOND = ['fidelity-576', 'fidelity', 'change', 'every-kth-144', 'dtd', 'evs-causal', 'keyframes'];

/**
 * Q1, Q2, Q3 and Q5 of one clip.
 * @param {import('./load-clip.mjs').LoadedClip} clip
 * @param {import('./load-clip.mjs').LoadedClip | undefined} second the same clip as another encoder sees it
 * @param {{ quick: boolean, seed: number, onMethod?: (name: string) => void }} options
 */
export function measureClip(clip, second, { quick, seed, onMethod = () => undefined }) {
  const runs = {};
  const curves = {};
  const curves2 = {};
  for (const { name, knobs, run } of chosenMethods(quick)) {
    onMethod(name);
    runs[name] = knobs.map((knob) => run(clip, knob));
    curves[name] = runs[name].map(ratePoint);
    if (second && SECOND.includes(name)) curves2[name] = knobs.map((knob) => ratePoint(run(clip, knob, second)));
  }
  return {
    name: clip.name,
    class: clip.class,
    frames: clip.frames.length,
    curves,
    bdRate: savings(curves, policies[0].name),
    bdRateOf: Object.fromEntries(
      policies.filter(({ name }) => curves[name]).map(({ name }) => [name, savings(curves, name)]),
    ),
    ...(second && { secondEncoder: { curves: curves2, bdRate: savings(curves2, policies[0].name) } }),
    ...(!quick && { oracle: oracleGaps(clip, runs, seed), retrieval: retrieval(clip, runs) }),
    cost: costOf(clip, nearestRun(runs[policies[0].name])),
  };
}

function chosenMethods(quick) {
  if (!quick) return [...policies, ...baselines];
  const some = ['fidelity-576', 'change', 'every-kth-144', 'dtd', 'evs-causal', 'keyframes', 'downsampling'];
  const thin = (knobs) => (knobs.length > 8 ? knobs.filter((_, i) => i % 2 === 0) : knobs);
  return [...policies, ...baselines]
    .filter(({ name }) => some.includes(name))
    .map((method) => ({ ...method, knobs: thin(method.knobs) }));
}

/** Percent of tokens saved against every other method at equal distortion. */
function savings(curves, name) {
  const ours = curves[name];
  const own = new Set(policies.map((policy) => policy.name));
  const rivals = Object.entries(curves).filter(([rival]) => !own.has(rival) && rival !== 'fixed');
  return Object.fromEntries(rivals.map(([rival, points]) => [rival, saving(ours, points)]));
}

/** The run nearest to the working point, in tokens a frame. */
function nearestRun(runs) {
  const distance = (run) => Math.abs(Math.log(ratePoint(run).tokensPerFrame / WORKING_POINT));
  return runs.reduce((a, b) => (distance(b) < distance(a) ? b : a));
}

/** Q3: how often a held-out frame finds its neighbours, each method at about the same tokens a frame. */
function retrieval(clip, runs) {
  const dropped = (name) => {
    const { knobs, select } = baselines.find((method) => method.name === name);
    return droppedIndex(clip, select(clip, knobs[runs[name].indexOf(nearestRun(runs[name]))]));
  };
  return {
    full: recallAtOne(clip, fullIndex(clip)),
    'fidelity-576': recallAtOne(clip, policyIndex(clip, nearestRun(runs['fidelity-576']))),
    change: recallAtOne(clip, policyIndex(clip, nearestRun(runs.change))),
    'every-kth-144': recallAtOne(clip, dropped('every-kth-144')),
    dtd: recallAtOne(clip, dropped('dtd')),
  };
}

/** Q2: how much of the way from every k-th frame to the oracle a policy goes, at its own rate. */
function oracleGaps(clip, runs, seed) {
  const uniform = frontier(runs['every-kth-144'].map(ratePoint));
  const gap = (run, best) => {
    const { tokensPerFrame, nmse } = ratePoint(run);
    const base = nmseAt(uniform, tokensPerFrame);
    return base === undefined ? null : oracleGap(base, nmse, ratePoint(best).nmse);
  };
  return Object.fromEntries(
    ['fidelity-uniform', 'fidelity', 'change'].map((name) => {
      const run = nearestRun(runs[name]);
      const { tokensPerFrame } = ratePoint(run);
      const best = receiverOracle(clip, tokensPerFrame);
      const uniformTokens = name === 'fidelity' ? undefined : [...run.tokens];
      const shuffled = uniformTokens && shuffledSelf(clip, uniformTokens, seed);
      return [name, { tokensPerFrame, closed: gap(run, best), shuffled: shuffled ? gap(shuffled, best) : null }];
    }),
  );
}

/** Straight lines between the points of a frontier, over the logarithm of the tokens. */
function nmseAt(points, tokensPerFrame) {
  for (let i = 1; i < points.length; i++) {
    const [fine, coarse] = [points[i - 1], points[i]];
    if (tokensPerFrame > fine.tokensPerFrame || tokensPerFrame < coarse.tokensPerFrame) continue;
    const share =
      Math.log(fine.tokensPerFrame / tokensPerFrame) / Math.log(fine.tokensPerFrame / coarse.tokensPerFrame);
    return fine.nmse + share * (coarse.nmse - fine.nmse);
  }
  return undefined;
}
