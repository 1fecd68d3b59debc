import { hasFfmpeg } from '../clips.mjs';
import { flicker, jitter, lightDrift, recompressed, sensorNoise } from './nuisance-clips.mjs';
import { runStream } from './streams/stream.mjs';

/** Until then what the first frame left unsaid is still being sent, which is no false token; seconds. */
const SETTLED_S = 20;

/**
 * A nuisance of metric Q4.
 * @typedef {object} NamedNuisance
 * @property {string} name
 * @property {(fps: number) => import('./nuisance-clips.mjs').Nuisance} at fps of the frames that are taken
 * @property {boolean} [ffmpeg] whether it needs an ffmpeg
 */

/** @type {NamedNuisance[]} */
export const NUISANCES = [
  { name: 'noise, σ 2', at: () => sensorNoise(2) },
  { name: 'noise, σ 6', at: () => sensorNoise(6) },
  { name: 'flicker, ±3 %', at: () => flicker(0.03) },
  { name: 'light, +10 %', at: () => lightDrift(0.1) },
  { name: 'jitter, 1 px', at: () => jitter(1) },
  { name: 'H.264, CRF 35', at: (fps) => recompressed(35, fps), ffmpeg: true },
];

/**
 * What a method makes of one nuisance, for each minute after the picture was said.
 * @typedef {object} NuisanceReport
 * @property {string} name
 * @property {string} [skipped] why it was not run; the figures are absent then
 * @property {number} [tokens] above the floor of 1 a frame
 * @property {number} [runs] of the encoder
 * @property {number} [firstTokens] above the floor in all the time before, first frame counted
 */

/**
 * Shows a method one picture through each nuisance: all that it sends above a token a frame is false.
 * @param {object} run
 * @param {Uint8Array} run.picture `inputSide² · 3`, RGB24
 * @param {number} run.fps
 * @param {import('./streams/stream.mjs').EncoderFacts} run.facts
 * @param {import('./streams/stream.mjs').Encode} run.encode
 * @param {import('./streams/stream.mjs').StreamMethod} run.method
 * @param {number} [run.seconds] more than 20
 * @param {number} [run.seed]
 * @param {NamedNuisance[]} [run.nuisances]
 * @returns {Promise<NuisanceReport[]>}
 */
export async function nuisanceReports({ nuisances = NUISANCES, ...run }) {
  const out = [];
  for (const nuisance of nuisances) {
    const skipped = nuisance.ffmpeg === true && !hasFfmpeg();
    const { name } = nuisance;
    out.push(
      skipped ? { name, skipped: 'There is no ffmpeg. Install one or set FFMPEG_PATH.' } : await report(nuisance, run),
    );
  }
  return out;
}

async function report({ name, at }, { picture, fps, facts, encode, method, seconds = 60, seed = 1 }) {
  if (seconds <= SETTLED_S)
    throw new RangeError(`${seconds} s are no more than the ${SETTLED_S} s before. Take longer.`);
  const frames = at(fps)(picture, facts.inputSide, Math.round(seconds * fps), seed);
  const { tokens, ran } = await runStream(method(facts), { name, fps, frames }, encode);
  const settled = SETTLED_S * fps;
  const minutes = (frames.length - settled) / fps / 60;
  const sum = (values) => values.reduce((all, value) => all + value, 0);
  return {
    name,
    tokens: sum(tokens.subarray(settled).map((count) => count - 1)) / minutes,
    runs: sum(ran.subarray(settled)) / minutes,
    firstTokens: sum(tokens.subarray(0, settled).map((count) => count - 1)),
  };
}
