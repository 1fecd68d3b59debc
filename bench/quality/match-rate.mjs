import { runStream } from './streams/stream.mjs';

/** Settings that are tried at most in one family, and how close above the target is close enough. */
const TRIES = 24;
const CLOSE = 1.01;

/** Knobs this near in ratio do the same. */
const SAME = 1.005;

/**
 * Settings of a method in one order, from many tokens to few.
 * @typedef {object} Family
 * @property {number} from the knob that sends most
 * @property {number} to the knob that sends least; itself never tried
 * @property {'whole' | 'geometric'} [steps] whole numbers only; or halved by ratio, not by difference
 * @property {(knob: number) => object} setting what the knob means, by name
 * @property {(knob: number) => import('./streams/stream.mjs').StreamMethod} stream
 * @property {(knob: number) => import('./streams/stream.mjs').StreamMethod} [counted] one that sends as many tokens and is
 *   cheaper to ask; `stream` if absent
 */

/**
 * A method at a setting.
 * @typedef {object} Matched
 * @property {object} setting
 * @property {number} tokensPerFrame of the pictures that it was matched on
 * @property {import('./streams/stream.mjs').StreamMethod} method
 */

/**
 * The setting whose tokens a frame of these pictures are nearest above a target: of the first family that reaches it, or
 * the most that any family sends.
 * @param {Family[]} families at least one
 * @param {number} target tokens a frame
 * @param {object} run
 * @param {import('./streams/stream.mjs').Pictures} run.pictures
 * @param {import('./streams/stream.mjs').EncoderFacts} run.facts
 * @param {import('./streams/stream.mjs').Encode} run.encode best one that encodes each picture once
 * @returns {Promise<Matched>}
 */
export async function matchRate(families, target, { pictures, facts, encode }) {
  let most;
  for (const { setting, stream, counted = stream, ...range } of families) {
    const rateOf = async (knob) => tokensPerFrame(await runStream(counted(knob)(facts), pictures, encode));
    const { knob, rate } = await nearestAbove(rateOf, range, target);
    if (most && rate <= most.tokensPerFrame) continue;
    most = { setting: setting(knob), tokensPerFrame: rate, method: stream(knob) };
    if (rate >= target) break;
  }
  return most;
}

/**
 * Halves a range of knobs until the rate is close above the target.
 * @param {(knob: number) => Promise<number>} rateOf falls from one end to the other, though not always strictly
 * @param {Pick<Family, 'from' | 'to' | 'steps'>} range
 * @param {number} target
 * @returns {Promise<{ knob: number, rate: number }>} the least rate at or above the target of those tried; that at `from`
 *   where even this is below
 */
export async function nearestAbove(rateOf, { from, to, steps }, target) {
  let [above, below] = [from, to];
  let best = { knob: from, rate: await rateOf(from) };
  for (let tries = 1; tries < TRIES && best.rate > CLOSE * target; tries++) {
    const knob = middle(above, below, steps);
    if (knob === above || (steps === 'geometric' && below / above < SAME && above / below < SAME)) break;
    const rate = await rateOf(knob);
    if (rate >= target) above = knob;
    else below = knob;
    if (rate >= target && rate <= best.rate) best = { knob, rate };
  }
  return best;
}

function middle(above, below, steps) {
  if (steps === 'geometric') return Math.sqrt(above * below);
  return steps === 'whole' ? Math.trunc((above + below) / 2) : (above + below) / 2;
}

/** Mean over the frames of a run. */
export function tokensPerFrame({ tokens }) {
  return tokens.reduce((sum, count) => sum + count, 0) / tokens.length;
}
