import { hasFfmpeg } from '../clips.mjs';
import { flicker, jitter, lightDrift, recompressed, sensorNoise } from './nuisance-clips.mjs';
import { encodeAhead, encodeOnce, runStream } from './streams/stream.mjs';

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
const NUISANCES = [
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
 * @property {number} [tokens] above the floor of 1 a frame; a frame of which nothing is sent makes up for no other
 * @property {number} [runs] of the encoder
 * @property {number} [firstTokens] above the floor in all the time before, first frame counted
 */

/**
 * Shows methods one picture through each nuisance: all that they send above a token a frame is false.
 * @param {object} run
 * @param {Uint8Array} run.picture `inputSide² · 3`, RGB24
 * @param {number} run.fps
 * @param {import('./streams/stream.mjs').EncoderFacts} run.facts
 * @param {import('./streams/stream.mjs').Encode} run.encode each picture is encoded once for all methods
 * @param {Record<string, import('./streams/stream.mjs').StreamMethod>} run.methods by name
 * @param {number} [run.seconds] more than 20
 * @param {number} [run.seed]
 * @param {NamedNuisance[]} [run.nuisances]
 * @returns {Promise<Record<string, NuisanceReport[]>>} by name of the method
 */
export async function nuisanceReports({ nuisances = NUISANCES, methods, encode, ...run }) {
  const out = Object.fromEntries(Object.keys(methods).map((name) => [name, []]));
  for (const { name, at, ffmpeg } of nuisances) {
    const skipped = ffmpeg === true && !hasFfmpeg();
    const shown = skipped ? undefined : { name, ...withNuisance(at, run), encode: encodeOnce(encode) };
    if (shown) await encodeAhead(shown.encode, shown.frames);
    for (const [method, make] of Object.entries(methods)) {
      out[method].push(
        shown
          ? await report(shown, make(run.facts))
          : { name, skipped: 'There is no ffmpeg. Install one or set FFMPEG_PATH.' },
      );
    }
  }
  return out;
}

function withNuisance(at, { picture, fps, facts, seconds = 60, seed = 1 }) {
  if (seconds <= SETTLED_S)
    throw new RangeError(`${seconds} s are no more than the ${SETTLED_S} s before. Take longer.`);
  return { fps, frames: at(fps)(picture, facts.inputSide, Math.round(seconds * fps), seed) };
}

async function report({ name, fps, frames, encode }, stream) {
  const { tokens, ran } = await runStream(stream, { name, fps, frames }, encode);
  const settled = SETTLED_S * fps;
  const minutes = (frames.length - settled) / fps / 60;
  const sum = (values) => values.reduce((all, value) => all + value, 0);
  const aboveFloor = tokens.map((count) => Math.max(0, count - 1));
  return {
    name,
    tokens: sum(aboveFloor.subarray(settled)) / minutes,
    runs: sum(ran.subarray(settled)) / minutes,
    firstTokens: sum(aboveFloor.subarray(0, settled)),
  };
}
