import { receive } from './receiver.mjs';

/**
 * A rule that decides which tokens are sent, with one knob from many tokens to few.
 * @typedef {object} Method
 * @property {string} name
 * @property {number[]} knobs Settings of the sweep.
 * @property {(clip: Clip, knob: number, scored?: Clip) => Run} run Chooses in the features of `clip`. Errors are taken in
 *   those of `scored`, which is the same clip as another encoder sees it (metric Q3), or `clip` itself if absent.
 * @typedef {import('./pooled-frames.mjs').Clip} Clip
 * @typedef {import('./receiver.mjs').Run} Run
 */

/** Shares of tokens or frames for the sweep of a rule whose threshold is calibrated on each clip. */
export const KEPT_SHARES = [1, 0.8, 0.6, 0.4, 0.25, 0.15, 0.08, 0.04, 0.02, 0.01, 0.005, 0];

/** Intervals between frames for the sweep of a rule that takes every k-th; beyond a clip's length only the first goes. */
export const INTERVALS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512];

/**
 * A rule that sends frames whole or not at all; it knows no frame to come.
 * @typedef {() => (t: number, rgb: Uint8Array) => boolean} FrameRule Makes a fresh one for each stream. That one is called
 *   once a frame, in order, with its index and its picture.
 */

/**
 * Every k-th frame, the first among them.
 * @param {number} k
 * @returns {FrameRule}
 */
export const everyNth = (k) => () => (t) => t % k === 0;

/**
 * A method that drops some of each frame's 144 tokens (2×2 block means); the receiver holds what does not come.
 * @param {string} name
 * @param {number[]} knobs
 * @param {(clip: Clip, knob: number) => import('./receiver.mjs').Sent} select
 * @returns {Method}
 */
export function droppingMethod(name, knobs, select) {
  const run = (clip, knob, scored = clip) => receive(scored, { tokens: 144, sent: select(clip, knob) });
  return { name, knobs, run, select };
}
