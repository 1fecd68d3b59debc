import { parsePipelineOptions } from 'framenest';
import { DEFAULT_PRICE } from '#dist/pipeline/choosers.js';
import { EVENTS, eventLatencies, planEvents, recallOf } from './events.mjs';
import { gateReport } from './gate.mjs';
import { nuisanceReports } from './nuisance.mjs';
import { previousCosines } from './similarity.mjs';
import { appearingText, crossFade, lagOf, slowObject } from './slow-changes.mjs';
import { dtdStream } from './streams/dtd.mjs';
import { gated } from './streams/gated.mjs';
import { encodeOnce } from './streams/stream.mjs';

/** Events are composited into so many frames of a clip at most: every one of them is encoded again. */
const FRAMES = 160;

/** The product as it comes: policy `fidelity` with every default. */
const { gate, refreshS, minSceneS } = parsePipelineOptions({});
const SETTINGS = { gate, refreshS, minSceneS, price: DEFAULT_PRICE.features };

/**
 * Q4 and the gate on one clip.
 * @param {import('./load-clip.mjs').LoadedClip} clip
 * @param {import('framenest').VisionEncoder} encoder
 * @param {{ quick: boolean, nuisance: boolean }} options `nuisance`: also a minute of each nuisance on its middle frame
 */
export async function reactionsOf(clip, encoder, { quick, nuisance }) {
  const encode = encodeOnce(async (rgb) => (await encoder.encode(rgb)).data);
  const { facts } = encoder;
  const pictures = { name: clip.name, fps: clip.fps, frames: clip.rgb.slice(0, FRAMES) };
  const gateFigures = await gateReport({ pictures, facts, encode, settings: SETTINGS });
  const threshold = await thresholdFor(gateFigures.tokens, pictures, facts, encode);
  const methods = { fidelity: gated(SETTINGS), dtd: dtdStream(threshold) };
  const events = {};
  for (const [name, method] of Object.entries(methods)) {
    events[name] = await recalls({ pictures, facts, encode, method }, quick);
  }
  const picture = clip.rgb[Math.floor(clip.rgb.length / 2)];
  const run = { picture, fps: clip.fps, facts, encode, method: methods.fidelity };
  return { events, gate: gateFigures, ...(nuisance && { nuisance: await nuisanceReports(run) }) };
}

async function recalls(run, quick) {
  const { frames, fps } = run.pictures;
  const { gridSide } = run.facts;
  const out = {};
  for (const side of quick ? [2] : EVENTS.sides) {
    const seeds = quick ? EVENTS.seeds.slice(0, 1) : EVENTS.seeds;
    const plans = seeds.map((seed) => planEvents({ frames: frames.length, fps, gridSide, side, seed }));
    out[side] = recallOf((await eventLatencies({ ...run, plans })).flat());
  }
  return out;
}

/** The cosine at which DTD sends about as many tokens a frame of this clip. */
async function thresholdFor(tokensPerFrame, { frames }, { gridSide, channels }, encode) {
  const raw = await Promise.all(frames.map((rgb) => encode(rgb)));
  const cosines = previousCosines({ frames: raw, gridSide, channels }, 0).flatMap((frame) => [...frame]);
  const sorted = Float64Array.from(cosines).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor((tokensPerFrame / 144) * sorted.length))] ?? 0;
}

/**
 * Changes so slow that no two frames differ much, made of two pictures.
 * @param {Uint8Array} one `inputSide² · 3`, RGB24
 * @param {Uint8Array} other of the same size
 * @param {import('framenest').VisionEncoder} encoder
 * @param {number} fps
 */
export async function slowChanges(one, other, encoder, fps) {
  const { facts } = encoder;
  const encode = encodeOnce(async (rgb) => (await encoder.encode(rgb)).data);
  const clips = {
    'cross-fade over 20 s': crossFade(one, other, { fps }),
    'slow small object': slowObject(one, facts, { fps }),
    'text appearing': appearingText(one, facts, { fps }),
  };
  const out = {};
  for (const [name, frames] of Object.entries(clips)) {
    out[name] = await lagOf({ frames, fps, facts, encode, method: gated(SETTINGS) });
  }
  return out;
}
