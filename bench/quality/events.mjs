import { ChannelSpread } from '#dist/scales/channel-spread.js';
import { cellError } from './cell-error.mjs';
import { drawPatch, withPatch } from './patch.mjs';
import { quantile } from './quantile.mjs';
import { randomNumbers } from './random.mjs';
import { encodeOnce, runStream } from './streams/stream.mjs';

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
 * @param {import('./streams/stream.mjs').Encode} run.encode
 * @param {import('./streams/stream.mjs').StreamMethod} run.method
 * @param {Event[][]} run.plans one clip is made of each
 * @returns {Promise<(number | undefined)[][]>} for each plan and event, seconds until it was seen; `undefined`: never
 *   within `latestS`
 */
export async function eventLatencies({ pictures, facts, encode: encodeFrame, method, plans }, settings = EVENTS) {
  const encode = encodeOnce(encodeFrame);
  const spread = new ChannelSpread(facts.channels);
  const unsent = [];
  await runStream(method(facts), pictures, encode, async ({ held, side }, t) => {
    unsent.push({ held: held.slice(), side });
    spread.learn(await encode(pictures.frames[t]));
  });
  const out = [];
  for (const events of plans) {
    const latencies = new Array(events.length).fill(undefined);
    const composed = withEvents(pictures, facts, events);
    await runStream(method(facts), composed, encode, async (step, t) => {
      const i = events.findIndex(({ from }) => t >= from && t <= from + settings.latestS * pictures.fps);
      if (i < 0 || latencies[i] !== undefined || t >= events[i].to) return;
      const cells = cellsOf(events[i], facts.gridSide);
      const features = await encode(composed.frames[t]);
      const error = (receiver) => cellError(features, receiver, cells, facts, spread.weights);
      if (error(step) <= error(unsent[t]) / 2) latencies[i] = (t - events[i].from) / pictures.fps;
    });
    out.push(latencies);
  }
  return out;
}

/** Raster indices of an event's cells. */
function cellsOf({ row, column, side }, gridSide) {
  return Array.from({ length: side * side }, (_, i) => (row + Math.floor(i / side)) * gridSide + column + (i % side));
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
