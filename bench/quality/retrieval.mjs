import { pool } from 'framenest';
import { poolFrames } from './pooled-frames.mjs';
import { replay } from './replay.mjs';

/** Everything is compared at 144 tokens, which every method can be rebuilt at. */
const TOKENS = 144;
const SIDE = 12;

/** A hit is a frame at most this far from the query, seconds. */
const NEAR_S = 1;

/**
 * Q3, held-out-frame retrieval: odd frames in full are the queries, even frames as a receiver holds them the index.
 * R@1 is the share of queries whose best match lies within a second. Similarity is the mean cosine of tokens at the same
 * position (the paper's best match over all positions would take 144 times as long).
 * @param {import('./load-clip.mjs').LoadedClip} clip
 * @param {readonly Float32Array[]} index X̂ of each frame, `[144, channels]`
 * @returns {number} 0 … 1; on a scene that never changes every frame is as good a match as any other
 */
export function recallAtOne(clip, index) {
  const { means } = poolFrames(clip.frames, clip, TOKENS);
  const queries = means.filter((_, t) => t % 2 === 1).map((mean) => unit(mean, clip.channels));
  const stored = index.filter((_, t) => t % 2 === 0).map((grid) => unit(grid, clip.channels));
  let hits = 0;
  queries.forEach((query, i) => {
    const scores = stored.map((grid) => dot(query, grid));
    const best = 2 * scores.indexOf(Math.max(...scores));
    if (Math.abs(clip.timesS[best] - clip.timesS[2 * i + 1]) <= NEAR_S) hits++;
  });
  return hits / Math.max(1, queries.length);
}

/** The frames themselves. */
export function fullIndex(clip) {
  return poolFrames(clip.frames, clip, TOKENS).means;
}

/**
 * What a receiver holds after each frame of a policy's run.
 * @param {import('./policies.mjs').PolicyRun} run
 */
export function policyIndex(clip, { sent, ladder }) {
  const index = [];
  const { side } = ladder.scales.at(-1);
  replay(clip, ladder, sent, (_, grid) => {
    const size = TOKENS * clip.channels;
    index.push(side === SIDE ? grid.slice() : pool(grid, side, SIDE, clip.channels, new Float32Array(size)));
  });
  return index;
}

/**
 * What a receiver holds after each frame of a baseline that sends some of 144 tokens.
 * @param {import('./receiver.mjs').Sent} sent
 */
export function droppedIndex(clip, sent) {
  const { means } = poolFrames(clip.frames, clip, TOKENS);
  const { channels } = clip;
  const held = new Float32Array(TOKENS * channels);
  return sent.map((flags, t) => {
    flags?.forEach((flag, p) => {
      if (flag) held.set(means[t].subarray(p * channels, (p + 1) * channels), p * channels);
    });
    return held.slice();
  });
}

function unit(grid, channels) {
  const out = Float32Array.from(grid);
  for (let from = 0; from < out.length; from += channels) {
    let square = 0;
    for (let i = from; i < from + channels; i++) square += out[i] * out[i];
    const factor = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = from; i < from + channels; i++) out[i] *= factor;
  }
  return out;
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
