import { toSide } from './gated.mjs';

/** The scale that DTD drops tokens of: 144. */
const SIDE = 12;

/**
 * Differential token drop of TimeChat-Online (arXiv 2504.17343, section 3.2) frame by frame, as in baselines/dtd.mjs: a
 * token goes out where its cosine with the same position of the previous dense frame is below a threshold. The encoder
 * runs on every frame.
 * @param {number} threshold cosine
 * @returns {import('./stream.mjs').StreamMethod}
 */
export function dtdStream(threshold) {
  return (facts) => {
    const held = new Float32Array(SIDE * SIDE * facts.channels);
    let previous;
    return {
      async next({ features }) {
        const now = toSide(await features(), facts, SIDE);
        let tokens = 0;
        for (let cell = 0; cell < SIDE * SIDE; cell++) {
          const from = cell * facts.channels;
          const to = from + facts.channels;
          if (previous && cosine(previous, now, from, to) >= threshold) continue;
          held.set(now.subarray(from, to), from);
          tokens++;
        }
        previous = now;
        return { tokens: Math.max(1, tokens), ran: true, held, side: SIDE };
      },
    };
  };
}

function cosine(a, b, from, to) {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / (Math.sqrt(aa * bb) + 1e-9);
}
