import { gated } from './streams/gated.mjs';
import { runStream } from './streams/stream.mjs';

/**
 * What the gate makes of one clip.
 * @typedef {object} GateReport
 * @property {number} frames
 * @property {number} skipped share of the frames whose encoder run the gate saves
 * @property {number} missed share of the frames of which the selector, had it seen all of them, sends more than one token,
 *   and which the gate holds; `undefined` where there is none
 * @property {number} falseRuns share of the encoder runs of which the gated selector sends no more than one token
 * @property {number} tokens per frame with the gate
 * @property {number} ungatedTokens per frame without
 */

/**
 * The gate against the feature rule: a selector with the same settings that sees every frame.
 * @param {object} run
 * @param {import('./streams/stream.mjs').Pictures} run.pictures
 * @param {import('./streams/stream.mjs').EncoderFacts} run.facts
 * @param {import('./streams/stream.mjs').Encode} run.encode best one that encodes each picture once
 * @param {Partial<typeof import('./streams/gated.mjs').GATED>} [run.settings]
 * @returns {Promise<GateReport>}
 */
export async function gateReport({ pictures, facts, encode, settings = {} }) {
  const ours = await runStream(gated(settings)(facts), pictures, encode);
  const all = await runStream(gated({ ...settings, gated: false })(facts), pictures, encode);
  return compareRuns(ours, all);
}

/**
 * @param {{ tokens: Float64Array, ran: Uint8Array }} ours with the gate, for each frame
 * @param {{ tokens: Float64Array }} all without
 * @returns {GateReport}
 */
export function compareRuns(ours, all) {
  const frames = ours.ran.length;
  const count = (holds) => ours.ran.reduce((n, ran, t) => n + (holds(ran === 1, t) ? 1 : 0), 0);
  const runs = count((ran) => ran);
  const worth = count((_, t) => all.tokens[t] > 1);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / frames;
  return {
    frames,
    skipped: 1 - runs / frames,
    missed: worth > 0 ? count((ran, t) => !ran && all.tokens[t] > 1) / worth : undefined,
    falseRuns: runs > 0 ? count((ran, t) => ran && ours.tokens[t] <= 1) / runs : undefined,
    tokens: mean(ours.tokens),
    ungatedTokens: mean(all.tokens),
  };
}
