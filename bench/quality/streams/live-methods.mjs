import { parsePipelineOptions } from 'framenest';
import { DEFAULT_PRICE } from '#dist/pipeline/choosers.js';
import { CERTAIN, aboveOtsu } from '../baselines/dtd-otsu.mjs';
import { belowCosine } from '../baselines/dtd.mjs';
import { aboveQuantile } from '../baselines/evs-causal.mjs';
import { atCuts } from '../baselines/keyframes.mjs';
import { drawn } from '../baselines/random.mjs';
import { everyNth } from '../method.mjs';
import { atLowerResolution } from '../pictures.mjs';
import { FULL, underCeiling } from '../policies.mjs';
import { changeStream } from './changing.mjs';
import { droppingStream, likeness } from './dropping.mjs';
import { gated } from './gated.mjs';
import { encodeOnce } from './stream.mjs';
import { wholeFrameStream } from './whole-frames.mjs';

const { gate, refreshS, minSceneS } = parsePipelineOptions({});

/** Policy `fidelity` of the product with every default: what the others are matched with. */
export const PRODUCT = { gate, refreshS, minSceneS, price: DEFAULT_PRICE.features };

const PRICES = { from: 0.01, to: 300, steps: 'geometric' };

/**
 * @typedef {object} LiveContext
 * @property {import('./stream.mjs').EncoderFacts} facts
 * @property {import('./stream.mjs').Encode} encode
 * @property {import('./stream.mjs').Pictures} pictures that the methods will be matched on
 * @property {import('../spread.mjs').Spread} spread to standardise by what Otsu's rule sees
 */

/**
 * Every policy and baseline that decides without frames to come, each with its settings from many tokens to few. Missing
 * are those that must see the whole input first: policy `budget`, EVS offline and the oracle.
 * @param {LiveContext} context
 * @returns {Record<string, import('../match-rate.mjs').Family[]>} without `fidelity`, which has one setting, {@link PRODUCT}
 */
export function liveMethods({ facts, encode, pictures, spread }) {
  return {
    ...policies(pictures),
    ...wholeFrameRules(pictures),
    ...smaller(pictures, facts, encode),
    ...similar(spread),
  };
}

function policies({ fps }) {
  const byPrice = (options) => ({
    ...PRICES,
    setting: (price) => ({ price }),
    stream: (price) => gated({ ...PRODUCT, ...options, price }),
  });
  const byRate = {
    from: 576 * fps,
    to: fps,
    steps: 'geometric',
    setting: (tokensPerSecond) => ({ tokensPerSecond }),
    stream: (ceiling) => gated({ ...PRODUCT, spending: (ladder) => underCeiling(ceiling, ladder) }),
  };
  const change = { from: 1, to: 1e5, steps: 'geometric', setting: (price) => ({ price }), stream: changeStream };
  return {
    'fidelity-576': [byPrice({ ladder: FULL })],
    'fidelity-uniform': [byPrice({ layout: 'uniform' })],
    rate: [byRate],
    change: [change],
  };
}

/** Whole frames of the encoder's own features. */
function wholeFrameRules({ frames }) {
  const rich = (range, rule, setting) => [
    { ...range, setting, stream: (knob) => wholeFrameStream({ side: 12, rule: rule(knob) }) },
  ];
  const scales = [...FULL].reverse();
  const fixed = (index) => wholeFrameStream({ side: Math.sqrt(scales[index]), rule: everyNth(1) });
  const coarse = (every) => wholeFrameStream({ side: 3, extra: 1, rule: everyNth(every) });
  const everies = intervals(frames);
  const threshold = (value) => ({ threshold: value });
  return {
    fixed: [
      { from: 0, to: scales.length, steps: 'whole', setting: (index) => ({ scale: scales[index] }), stream: fixed },
    ],
    'every-kth-144': rich(everies, everyNth, (every) => ({ every })),
    'cls-3x3': [{ ...everies, setting: (every) => ({ every }), stream: coarse }],
    keyframes: rich({ from: 0, to: 100 }, atCuts, threshold),
    random: rich({ from: 1, to: 0 }, drawn, threshold),
  };
}

/** Every k-th frame of a smaller picture: of the smallest that can spend so many tokens. */
function smaller({ frames }, { inputSide }, encode) {
  const family = ([scale, factor]) => {
    const encodeSmall = encodeOnce(async (rgb) => encode(await atLowerResolution(rgb, inputSide, factor)));
    const options = (every) => ({ side: Math.sqrt(scale), rule: everyNth(every) });
    return {
      ...intervals(frames),
      setting: (every) => ({ scale, every }),
      stream: (every) => wholeFrameStream({ ...options(every), encode: encodeSmall }),
      counted: (every) => wholeFrameStream(options(every)),
    };
  };
  return {
    downsampling: [
      [9, 8],
      [36, 4],
      [144, 2],
    ].map(family),
  };
}

function intervals(frames) {
  return { from: 1, to: frames.length + 1, steps: 'whole' };
}

/**
 * Rules that drop tokens for their likeness to the frame before, each on the features that it sees more events with: the
 * encoder's own for one threshold, standardised ones for Otsu's, whose constant takes the encoder's own for still. It has
 * FluxMem's constant where that will do.
 */
function similar(spread) {
  const [compare, compareStandardised] = [likeness(), likeness(spread)];
  const otsu = (certain) => ({
    from: 0,
    to: 64,
    setting: (multiplier) => ({ multiplier, ...(Number.isFinite(certain) && { certain }) }),
    stream: (multiplier) =>
      droppingStream({ rule: aboveOtsu({ multiplier, certain }), reach: 1, compare: compareStandardised }),
  });
  const cosine = (threshold) => droppingStream({ rule: belowCosine(threshold), compare });
  const quantile = (q) => droppingStream({ rule: aboveQuantile(q), compare });
  return {
    dtd: [{ from: 1.01, to: -1.01, setting: (threshold) => ({ threshold }), stream: cosine }],
    'dtd-otsu': CERTAIN.map(otsu),
    'evs-causal': [{ from: 0, to: 1, setting: (q) => ({ q }), stream: quantile }],
  };
}
