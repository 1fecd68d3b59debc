import { atLowerResolution, readPictures, sceneScores } from './pictures.mjs';
import { addFrame, emptySums, spreadOf, standardise } from './spread.mjs';

/** Of the frames of a clip, every so manieth is enough to know its spread. */
const SPREAD_STEP = 4;

/** By tokens, how much smaller the picture is that the downsampling baseline encodes. */
const FACTORS = { 144: 2, 36: 4, 9: 8 };

/**
 * A clip with all that the methods need; see `pooled-frames.mjs` for the rest of it.
 * @typedef {import('./pooled-frames.mjs').Clip & { rgb: Uint8Array[], inputSide: number, spread: import('./spread.mjs').Spread }} LoadedClip
 */

/**
 * Sums of every clip's features, for standardising each clip by all the others.
 * @param {readonly { path: string }[]} files
 * @param {import('framenest').VisionEncoder} encoder
 * @param {{ fps: number, most: number }} sampling
 * @param {(done: number) => void} onClip
 */
export async function sumClips(files, encoder, sampling, onClip) {
  const { gridSide, channels } = encoder.facts;
  const all = [];
  for (const { path } of files) {
    const sums = emptySums(gridSide ** 2, channels);
    const { rgb } = await readPictures(path, encoder.facts, sampling);
    const some = rgb.filter((_, t) => t % SPREAD_STEP === 0);
    for (const data of await encodeAll(encoder, some)) addFrame(sums, data);
    all.push(sums);
    onClip(all.length);
  }
  return all;
}

/**
 * The spread to standardise one clip by: that of all other clips (held out); its own where it is the only one.
 * @param {readonly import('./spread.mjs').Sums[]} sums one a clip
 * @param {number} index of the clip
 */
export function heldOutSpread(sums, index) {
  const others = sums.filter((clip, i) => i !== index && clip.frames > 0);
  return spreadOf(others.length > 0 ? others : [sums[index]]);
}

/**
 * Decodes and encodes a clip.
 * @param {{ name: string, path: string, class: string }} file
 * @param {import('framenest').VisionEncoder} encoder
 * @param {{ fps: number, most: number }} sampling
 * @param {import('./spread.mjs').Spread} spread
 * @param {{ small?: boolean }} [options] `small`: also encode it at lower resolutions
 * @returns {Promise<LoadedClip>}
 */
export async function loadClip({ name, path, class: kind }, encoder, sampling, spread, { small: wanted = true } = {}) {
  const { gridSide, channels, inputSide } = encoder.facts;
  const { rgb, timesS } = await readPictures(path, encoder.facts, sampling);
  const encode = async (pictures) =>
    (await encodeAll(encoder, pictures)).map((features) => standardise(features, spread));
  const small = {};
  for (const [tokens, factor] of wanted ? Object.entries(FACTORS) : []) {
    small[tokens] = await encode(await Promise.all(rgb.map((data) => atLowerResolution(data, inputSide, factor))));
  }
  const frames = await encode(rgb);
  const shape = { name, class: kind, fps: sampling.fps, gridSide, channels, inputSide };
  return { ...shape, frames, small, sceneScores: sceneScores(rgb), timesS, rgb, spread };
}

/** The encoder refuses more than some hundred calls at once. */
async function encodeAll(encoder, pictures) {
  const out = [];
  for (let at = 0; at < pictures.length; at += 32) {
    const some = pictures.slice(at, at + 32).map((data) => encoder.encode(data));
    for (const { data } of await Promise.all(some)) out.push(data);
  }
  return out;
}
