import { pool } from 'framenest';
import { ChannelSpread } from '#dist/scales/channel-spread.js';
import { cellError } from './cell-error.mjs';
import { drawPatch, withPatch } from './patch.mjs';
import { runStream } from './streams/stream.mjs';

/** A picture stands still for so long before anything happens, so that what its first frame left unsaid is sent; seconds. */
const LEAD_S = 10;

/** The finest scale that may be sent, as a side: what it cannot say is nobody's miss. */
const CEILING_SIDE = 12;

/**
 * One picture fades into another in `fadeS` seconds; then the other one stays.
 * @param {Uint8Array} from `side² · 3`, RGB24, read only
 * @param {Uint8Array} to of the same size
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
export function crossFade(from, to, { fps, fadeS = 20, tailS = 5 }) {
  return Array.from({ length: Math.round((LEAD_S + fadeS + tailS) * fps) }, (_, t) => {
    const share = Math.max(0, Math.min(1, (t / fps - LEAD_S) / fadeS));
    return Uint8Array.from(from, (value, i) => Math.round(value + share * (to[i] - value)));
  });
}

/**
 * A thing of two cells creeps over a still picture from left to right, a cell in 2 s.
 * @param {Uint8Array} picture `inputSide² · 3`, RGB24, read only
 * @param {import('./streams/stream.mjs').EncoderFacts} facts
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
export function slowObject(picture, { inputSide, gridSide }, { fps, seconds = 30, seed = 5 }) {
  const cell = inputSide / gridSide;
  const side = 2 * cell;
  const pixels = drawPatch('texture', side, seed);
  const y = Math.floor(inputSide / 2);
  const moving = Array.from({ length: Math.round(seconds * fps) }, (_, t) =>
    withPatch(picture, inputSide, { pixels, side, x: cell + Math.round((t / fps) * (cell / 2)), y }),
  );
  return [...still(picture, fps), ...moving];
}

/**
 * Lines of text appear on a still picture, one every 3 s, eight cells wide and one high, and stay.
 * @param {Uint8Array} picture `inputSide² · 3`, RGB24, read only
 * @param {import('./streams/stream.mjs').EncoderFacts} facts
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
export function appearingText(picture, { inputSide, gridSide }, { fps, lines = 8, seed = 6 }) {
  const side = inputSide / gridSide;
  const pictures = [new Uint8Array(picture)];
  for (let line = 0; line < lines; line++) {
    let next = pictures.at(-1);
    for (let column = 0; column < 8; column++) {
      const pixels = drawPatch('text', side, seed + 8 * line + column);
      next = withPatch(next, inputSide, { pixels, side, x: (4 + column) * side, y: (4 + 2 * line) * side });
    }
    pictures.push(next);
  }
  const growing = Array.from({ length: Math.round(3 * lines * fps) }, (_, t) => pictures[1 + Math.floor(t / fps / 3)]);
  return [...still(picture, fps), ...growing];
}

function still(picture, fps) {
  return new Array(Math.round(LEAD_S * fps)).fill(new Uint8Array(picture));
}

/**
 * How far the receiver lags behind a slow change.
 * @typedef {object} Lag
 * @property {number} most highest share of the whole change, ‖Π(X_last − X_first)‖² with Π to 144 tokens, that was unsaid at
 *   any time from the start of the change on; tracked is what stays under ½
 * @property {number} last the share that is unsaid in the end
 * @property {number} tokens per frame
 */

/**
 * @param {object} run
 * @param {Uint8Array<ArrayBuffer>[]} run.frames
 * @param {number} run.fps
 * @param {import('./streams/stream.mjs').EncoderFacts} run.facts
 * @param {import('./streams/stream.mjs').Encode} run.encode
 * @param {import('./streams/stream.mjs').StreamMethod} run.method
 * @returns {Promise<Lag>}
 */
export async function lagOf({ frames, fps, facts, encode, method }) {
  const { gridSide, channels } = facts;
  const cells = Array.from({ length: gridSide ** 2 }, (_, i) => i);
  const spread = new ChannelSpread(channels);
  const [first, last] = [await encode(frames[0]), await encode(frames.at(-1))];
  spread.learn(first);
  spread.learn(last);
  const coarse = (features) =>
    pool(features, gridSide, CEILING_SIDE, channels, new Float32Array(CEILING_SIDE ** 2 * channels));
  const unsaid = (features, receiver) => {
    const floor = cellError(features, { held: coarse(features), side: CEILING_SIDE }, cells, facts, spread.weights);
    return Math.max(0, cellError(features, receiver, cells, facts, spread.weights) - floor);
  };
  const whole = unsaid(last, { held: coarse(first), side: CEILING_SIDE });
  const shares = [];
  const { tokens } = await runStream(method(facts), { name: 'slow', fps, frames }, encode, async (step, t) => {
    shares.push(unsaid(await encode(frames[t]), step) / whole);
  });
  return {
    most: Math.max(...shares.slice(Math.round(LEAD_S * fps))),
    last: shares.at(-1),
    tokens: tokens.reduce((sum, count) => sum + count, 0) / frames.length,
  };
}
