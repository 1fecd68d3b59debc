/**
 * How two rate–distortion curves compare.
 * @typedef {object} BdRate
 * @property {number | undefined} percent Tokens that ours saves at equal distortion, in percent: positive is fewer
 *   tokens, −100 is twice as many. `undefined` where no distortion is reached by both.
 * @property {{ from: number, to: number, share: number } | undefined} covered The nmse that both reach, and its share of
 *   the range of theirs, 0 … 1: how much of their curve `percent` speaks of.
 * @property {'ours' | 'theirs' | undefined} dominated Only where `percent` is undefined: whose every point is beaten by
 *   the other's cheapest, which has less distortion and no more tokens. `'theirs'` is a win of ours.
 */

/**
 * Bjøntegaard's rate difference (ITU-T VCEG-M33, 2001) over tokens: the mean of log(ours / theirs) over the nmse that
 * both reach. Each curve is cut down to its {@link frontier} first, and log(tokens) runs straight between points; cubic
 * fits, as in the original, swing wildly on steep curves.
 * @param {readonly { tokensPerFrame: number, nmse: number }[]} ours
 * @param {readonly { tokensPerFrame: number, nmse: number }[]} theirs
 * @returns {BdRate}
 */
export function bdRate(ours, theirs) {
  const [a, b] = [frontier(ours), frontier(theirs)];
  if (a.length === 0 || b.length === 0) return { percent: undefined, covered: undefined, dominated: undefined };
  const from = Math.max(a[0].nmse, b[0].nmse);
  const to = Math.min(a.at(-1).nmse, b.at(-1).nmse);
  if (from > to) return { percent: undefined, covered: undefined, dominated: dominated(a, b) };
  const range = b.at(-1).nmse - b[0].nmse;
  const covered = { from, to, share: range > 0 ? (to - from) / range : 1 };
  return { percent: 100 * (1 - Math.exp(meanLogRatio(a, b, from, to))), covered, dominated: undefined };
}

/**
 * The points that no other point beats in both tokens and nmse, by rising nmse and so by falling tokens.
 * @param {readonly { tokensPerFrame: number, nmse: number }[]} points
 */
export function frontier(points) {
  for (const { tokensPerFrame, nmse } of points) {
    if (tokensPerFrame > 0 && Number.isFinite(tokensPerFrame) && Number.isFinite(nmse)) continue;
    throw new RangeError(`${tokensPerFrame} tokens at an nmse of ${nmse} is no point of a curve. Leave it out.`);
  }
  const sorted = [...points].sort((a, b) => a.nmse - b.nmse || a.tokensPerFrame - b.tokensPerFrame);
  const out = [];
  for (const point of sorted) {
    if (out.length === 0 || point.tokensPerFrame < out.at(-1).tokensPerFrame) out.push(point);
  }
  return out;
}

function dominated(a, b) {
  const beats = (x, y) => x.at(-1).nmse < y[0].nmse && x.at(-1).tokensPerFrame <= y.at(-1).tokensPerFrame;
  if (beats(a, b)) return 'theirs';
  return beats(b, a) ? 'ours' : undefined;
}

/** Mean of log(a / b) over [from, to]; exact, since it runs straight between the points of either curve. */
function meanLogRatio(a, b, from, to) {
  const ratio = (nmse) => logTokens(a, nmse) - logTokens(b, nmse);
  if (from === to) return ratio(from);
  const inside = [...a, ...b].map(({ nmse }) => nmse).filter((nmse) => nmse > from && nmse < to);
  const stops = [from, ...inside.sort((x, y) => x - y), to];
  let area = 0;
  for (let i = 1; i < stops.length; i++) {
    area += ((ratio(stops[i - 1]) + ratio(stops[i])) / 2) * (stops[i] - stops[i - 1]);
  }
  return area / (to - from);
}

/** log(tokens) of a frontier at an nmse inside its range. */
function logTokens(points, nmse) {
  const right = points.findIndex((point) => point.nmse >= nmse);
  const [low, high] = [points[Math.max(0, right - 1)], points[right]];
  if (high.nmse === low.nmse) return Math.log(high.tokensPerFrame);
  const share = (nmse - low.nmse) / (high.nmse - low.nmse);
  return (1 - share) * Math.log(low.tokensPerFrame) + share * Math.log(high.tokensPerFrame);
}
