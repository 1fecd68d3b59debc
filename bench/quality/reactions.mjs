import { EVENTS, eventLatencies, planEvents, recallOf } from './events.mjs';
import { gateReport } from './gate.mjs';
import { matchRate, tokensPerFrame } from './match-rate.mjs';
import { nuisanceReports } from './nuisance.mjs';
import { appearingText, crossFade, lagOf, slowObject } from './slow-changes.mjs';
import { gated } from './streams/gated.mjs';
import { PRODUCT, liveMethods } from './streams/live-methods.mjs';
import { encodeAhead, encodeOnce, runStream } from './streams/stream.mjs';

/** Events are composited into so many frames of a clip at most: every one of them is encoded again. */
const FRAMES = 160;

/** What `--quick` looks at beside policy `fidelity`. */
const QUICK = ['change', 'every-kth-144', 'dtd', 'keyframes'];

/**
 * What a method did with the events of one clip.
 * @typedef {object} MethodEvents
 * @property {object} setting that spends as many tokens a frame of the clip without events as `fidelity`, or just more
 * @property {number} tokensPerFrame that it does spend there
 * @property {number} tokensPerFrameWithEvents mean over the clips with events
 * @property {Record<number, import('./events.mjs').Recall & { latencies: (number | null)[] }>} sides by side of the patch
 */

/**
 * Q4 and the gate on one clip.
 * @param {import('./load-clip.mjs').LoadedClip} clip
 * @param {import('framenest').VisionEncoder} encoder
 * @param {{ quick: boolean, nuisance: boolean }} options `nuisance`: also a minute of each nuisance on its middle frame
 * @returns {Promise<{ events: Record<string, MethodEvents>, gate: import('./gate.mjs').GateReport, nuisance?: Record<string, import('./nuisance.mjs').NuisanceReport[]> }>}
 */
export async function reactionsOf(clip, encoder, { quick, nuisance }) {
  const { facts } = encoder;
  const encode = encoderOf(encoder);
  const pictures = { name: clip.name, fps: clip.fps, frames: clip.rgb.slice(0, FRAMES) };
  const run = { pictures, facts, encode };
  await encodeAhead(encode, pictures.frames);
  const gate = await gateReport({ ...run, settings: PRODUCT });
  const matched = await atEqualRate({ ...run, spread: clip.spread }, quick ? QUICK : undefined);
  const methods = Object.fromEntries(Object.entries(matched).map(([name, { method }]) => [name, method]));
  const seen = await recalls({ ...run, methods }, quick);
  const events = Object.entries(matched).map(([name, { setting, tokensPerFrame: tokens }]) => [
    name,
    { setting, tokensPerFrame: tokens, ...seen[name] },
  ]);
  const picture = clip.rgb[Math.floor(clip.rgb.length / 2)];
  const shown = { picture, fps: clip.fps, facts, encode, methods };
  return { events: Object.fromEntries(events), gate, ...(nuisance && { nuisance: await nuisanceReports(shown) }) };
}

function encoderOf(encoder) {
  return encodeOnce(async (rgb) => (await encoder.encode(rgb)).data);
}

/**
 * Policy `fidelity` as it comes, and every other live method at the tokens a frame that it spends on these pictures.
 * @param {import('./streams/live-methods.mjs').LiveContext} run
 * @param {string[]} [names] these alone; all if absent
 * @returns {Promise<Record<string, import('./match-rate.mjs').Matched>>}
 */
async function atEqualRate(run, names) {
  const method = gated(PRODUCT);
  const target = tokensPerFrame(await runStream(method(run.facts), run.pictures, run.encode));
  const out = { fidelity: { setting: { price: PRODUCT.price }, tokensPerFrame: target, method } };
  for (const [name, families] of Object.entries(liveMethods(run))) {
    if (!names || names.includes(name)) out[name] = await matchRate(families, target, run);
  }
  return out;
}

/** By method: what is seen of each side, and what the clips with events cost. */
async function recalls(run, quick) {
  const { frames, fps } = run.pictures;
  const { gridSide } = run.facts;
  const sides = quick ? [2] : EVENTS.sides;
  const seeds = quick ? EVENTS.seeds.slice(0, 1) : EVENTS.seeds;
  const plans = sides.flatMap((side) =>
    seeds.map((seed) => planEvents({ frames: frames.length, fps, gridSide, side, seed })),
  );
  const seen = await eventLatencies({ ...run, plans });
  const told = (some) => ({ ...recallOf(some), latencies: some.map((latency) => latency ?? null) });
  return Object.fromEntries(
    Object.entries(seen).map(([name, all]) => {
      const ofSide = (i) => all.slice(i * seeds.length, (i + 1) * seeds.length).flatMap(({ latencies }) => latencies);
      return [
        name,
        {
          tokensPerFrameWithEvents: all.reduce((sum, plan) => sum + plan.tokensPerFrame, 0) / all.length,
          sides: Object.fromEntries(sides.map((side, i) => [side, told(ofSide(i))])),
        },
      ];
    }),
  );
}

/**
 * Changes so slow that no two frames differ much, made of two pictures; every method at the tokens a frame that `fidelity`
 * spends on each of them.
 * @param {Uint8Array} one `inputSide² · 3`, RGB24
 * @param {Uint8Array} other of the same size
 * @param {import('framenest').VisionEncoder} encoder
 * @param {number} fps
 * @param {import('./spread.mjs').Spread} spread to standardise by what Otsu's rule sees
 * @returns {Promise<Record<string, Record<string, import('./slow-changes.mjs').Lag & { setting: object }>>>} by method and
 *   by change
 */
export async function slowChanges(one, other, encoder, fps, spread) {
  const { facts } = encoder;
  const clips = {
    'cross-fade over 20 s': crossFade(one, other, { fps }),
    'slow small object': slowObject(one, facts, { fps }),
    'text appearing': appearingText(one, facts, { fps }),
  };
  const out = {};
  for (const [change, frames] of Object.entries(clips)) {
    const encode = encoderOf(encoder);
    await encodeAhead(encode, frames);
    const matched = await atEqualRate({ pictures: { name: change, fps, frames }, facts, encode, spread });
    for (const [name, { method, setting }] of Object.entries(matched)) {
      (out[name] ??= {})[change] = { setting, ...(await lagOf({ frames, fps, facts, encode, method })) };
    }
  }
  return out;
}
