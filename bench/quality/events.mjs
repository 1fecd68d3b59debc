import { ChannelSpread } from '#dist/scales/channel-spread.js';
import { mean } from './mean.mjs';
import { drawPatch, withPatch } from './patch.mjs';
import { quantile } from './quantile.mjs';
import { randomNumbers } from './random.mjs';
import { encodeAhead, encodeOnce, runStream } from './streams/stream.mjs';

/** Metric Q4. */
export const EVENTS = {
  /** Sides of the patches, cells. */
  sides: [1, 2, 4, 8],
  /** Clips made of each clip for each side: other places, other patches. */
  seeds: [1, 2, 3],
  /** Before the first event, between two, and how long one stays, seconds. */
  leadS: 2,
  gapS: 2,
  stayS: 3,
  /** An event that is not sent within this time is missed, seconds. */
  latestS: 1,
};

/**
 * A patch that comes and goes.
 * @typedef {object} Event
 * @property {number} from first frame that shows it
 * @property {number} to first frame that does not show it any more
 * @property {number} row of its top left cell
 * @property {number} column
 * @property {number} side cells
 * @property {'texture' | 'text'} kind
 * @property {number} seed
 *
 * @typedef {object} Recall of the events of one side
 * @property {number} events
 * @property {number} recall 0 … 1: share seen within `latestS`; `undefined` without events
 * @property {number} latencyP50 seconds, of the seen ones
 * @property {number} latencyP95
 */

/**
 * Where and when patches of one side appear, one at a time, textures and text in turn.
 * @returns {Event[]}
 */
export function planEvents({ frames, fps, gridSide, side, seed }, settings = EVENTS) {
  const next = randomNumbers(1000 * side + seed);
  const stay = Math.round(settings.stayS * fps);
  const out = [];
  for (let from = Math.round((settings.leadS + next()) * fps); from + stay <= frames;) {
    out.push({
      from,
      to: from + stay,
      row: Math.floor(next() * (gridSide - side + 1)),
      column: Math.floor(next() * (gridSide - side + 1)),
      side,
      kind: out.length % 2 === 0 ? 'texture' : 'text',
      seed: Math.floor(next() * 2 ** 31),
    });
    from += stay + Math.round((settings.gapS + next()) * fps);
  }
  return out;
}

/**
 * The clip with its events composited; frames without one are the clip's own.
 * @param {import('./streams/stream.mjs').Pictures} pictures
 * @param {import('./streams/stream.mjs').EncoderFacts} facts
 * @param {Event[]} events
 * @returns {import('./streams/stream.mjs').Pictures}
 */
export function withEvents(pictures, { inputSide, gridSide }, events) {
  const cell = inputSide / gridSide;
  const frames = [...pictures.frames];
  for (const { from, to, row, column, side: cells, kind, seed } of events) {
    const side = cells * cell;
    const patch = { pixels: drawPatch(kind, side, seed), side, x: column * cell, y: row * cell };
    for (let t = from; t < to; t++) frames[t] = withPatch(frames[t], inputSide, patch);
  }
  return { ...pictures, frames };
}

/**
 * How fast each event is seen. Seen is an event whose error, Σ‖X_t − X̂_t‖² over the patch's cells of the full patch grid,
 * is down to half of what it would be had the receiver been sent the clip without the event (research: M4).
 * Channels count by 1 / variance, see `ChannelSpread`.
 * @param {object} run
 * @param {import('./streams/stream.mjs').Pictures} run.pictures
 * @param {import('./streams/stream.mjs').EncoderFacts} run.facts
 * @param {import('./streams/stream.mjs').Encode} run.encode each picture is encoded once for all methods
 * @param {Record<string, import('./streams/stream.mjs').StreamMethod>} run.methods by name
 * @param {Event[][]} run.plans one clip is made of each
 * @returns {Promise<Record<string, { latencies: (number | undefined)[], tokensPerFrame: number }[]>>} by name, for each
 *   plan: seconds until each event was seen, `undefined`: never within `latestS`; what the clip with its events cost
 */
export async function eventLatencies({ encode: encodeFrame, methods, plans, ...clip }, settings = EVENTS) {
  const run = { ...clip, encode: encodeOnce(encodeFrame) };
  await encodeAhead(run.encode, clip.pictures.frames);
  const { weights } = await spreadOf(run);
  const named = Object.entries(methods);
  const without = {};
  for (const [name, method] of named) without[name] = await runWithout(run, method, plans, settings);
  const out = Object.fromEntries(named.map(([name]) => [name, []]));
  for (const [i, events] of plans.entries()) {
    const pictures = withEvents(clip.pictures, clip.facts, events);
    await encodeAhead(run.encode, pictures.frames);
    for (const [name, method] of named) {
      const { rows, tokensPerFrame } = without[name];
      const watched = { ...run, pictures, events, weights, unsent: rows[i] };
      // A short clip without room for an event is the clip itself.
      out[name].push(events.length > 0 ? await seenOf(watched, method, settings) : { latencies: [], tokensPerFrame });
    }
  }
  return out;
}

async function spreadOf({ pictures, facts, encode }) {
  const spread = new ChannelSpread(facts.channels);
  for (const rgb of pictures.frames) spread.learn(await encode(rgb));
  return spread;
}

/**
 * The clip without its events: for each of them what the receiver holds on its cells in each frame that counts, and what
 * the clip costs.
 */
async function runWithout({ pictures, facts, encode }, method, plans, settings) {
  const rows = plans.map((events) => events.map(() => []));
  const { tokens } = await runStream(method(facts), pictures, encode, ({ held, side }, t) => {
    for (const [plan, events] of plans.entries()) {
      const i = watchedAt(events, t, pictures.fps, settings);
      if (i >= 0) rows[plan][i][t - events[i].from] = cropped(held, side, events[i], facts);
    }
  });
  return { rows, tokensPerFrame: mean(tokens) };
}

async function seenOf({ pictures, facts, encode, events, weights, unsent }, method, settings) {
  const latencies = new Array(events.length).fill(undefined);
  const { tokens } = await runStream(method(facts), pictures, encode, async ({ held, side }, t) => {
    const i = watchedAt(events, t, pictures.fps, settings);
    if (i < 0 || latencies[i] !== undefined) return;
    const { from } = events[i];
    const features = cropped(await encode(pictures.frames[t]), facts.gridSide, events[i], facts);
    const error = (receiver) => weightedDistance(features, receiver, weights);
    if (error(cropped(held, side, events[i], facts)) <= error(unsent[i][t - from]) / 2) {
      latencies[i] = (t - from) / pictures.fps;
    }
  });
  return { latencies, tokensPerFrame: mean(tokens) };
}

/** Index of the event that a frame may be the first to tell of; −1 for none. */
function watchedAt(events, t, fps, { latestS }) {
  return events.findIndex(({ from, to }) => t >= from && t < to && t <= from + latestS * fps);
}

/**
 * The cells of an event: those of a grid, which may be coarser than the patch grid.
 * @returns {Float32Array} `[side², channels]` of the event's side
 */
function cropped(values, side, { row, column, side: cells }, { gridSide, channels }) {
  const out = new Float32Array(cells * cells * channels);
  const block = gridSide / side;
  for (let i = 0; i < cells * cells; i++) {
    const from = Math.floor((row + Math.floor(i / cells)) / block) * side + Math.floor((column + (i % cells)) / block);
    out.set(values.subarray(from * channels, (from + 1) * channels), i * channels);
  }
  return out;
}

function weightedDistance(a, b, weights) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += weights[i % weights.length] * (a[i] - b[i]) ** 2;
  return sum;
}

/**
 * @param {(number | undefined)[]} latencies of events of one side
 * @returns {Recall}
 */
export function recallOf(latencies) {
  const seen = latencies.filter((latency) => latency !== undefined);
  if (latencies.length === 0) return { events: 0, recall: undefined, latencyP50: undefined, latencyP95: undefined };
  const at = (share) => (seen.length > 0 ? quantile(seen, share) : undefined);
  return {
    events: latencies.length,
    recall: seen.length / latencies.length,
    latencyP50: at(0.5),
    latencyP95: at(0.95),
  };
}
