/**
 * Spends the tokens that a plan leaves over: again and again the one frame goes to a finer scale that saves the most
 * error a token, of those that still fit.
 * @param {import('./piece-distances.mjs').PieceDistances} pieces
 * @param {readonly number[]} scales of each frame
 * @param {number} budget tokens of the whole clip
 * @returns {number[]} scales of each frame
 */
export function fillBudget(pieces, scales, budget) {
  const { ladder } = pieces;
  const levels = scales.map((tokens) => ladder.indexOf(tokens));
  let room = budget - scales.reduce((sum, tokens) => sum + tokens, 0);
  for (;;) {
    const step = bestStep(pieces, levels, room);
    if (!step) return levels.map((level) => ladder[level]);
    levels[step.frame] = step.level;
    room -= step.tokens;
  }
}

function bestStep(pieces, levels, room) {
  const { ladder } = pieces;
  const savings = ladder.map((_, band) => savingsOf(pieces, levels, band));
  let best;
  for (const [frame, now] of levels.entries()) {
    let saved = 0;
    for (let level = now + 1; level < ladder.length; level++) {
      saved += savings[level][frame];
      const tokens = ladder[level] - ladder[now];
      const slope = saved / tokens;
      if (tokens <= room && slope > (best?.slope ?? 0)) best = { frame, level, tokens, slope };
    }
  }
  return best;
}

/** For each frame what renewing the band there would save: one piece becomes two. */
function savingsOf(pieces, levels, band) {
  const savings = new Float64Array(levels.length);
  for (let u = 0, v; u < pieces.end; u = v) {
    v = u + 1;
    while (v < pieces.end && levels[v - 1] < band) v++;
    const whole = pieces.distance(band, u, v);
    if (whole === Infinity) continue;
    for (let node = u + 1; node < v; node++) {
      savings[node - 1] = whole - pieces.distance(band, u, node) - pieces.distance(band, node, v);
    }
  }
  return savings;
}
