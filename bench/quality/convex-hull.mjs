/**
 * The corners of the lower convex hull (Andrew 1979): what a Lagrangian can reach.
 * @template {{ tokens: number, error: number }} P
 * @param {readonly P[]} points at least one
 * @returns {P[]} by rising tokens and falling error, each step saving less error a token than the one before
 */
export function lowerHull(points) {
  const sorted = [...points].sort((a, b) => a.tokens - b.tokens || a.error - b.error);
  const hull = [];
  for (const point of sorted) {
    if (hull.length > 0 && point.error >= hull.at(-1).error) continue;
    while (hull.length > 1 && !turns(hull.at(-2), hull.at(-1), point)) hull.pop();
    hull.push(point);
  }
  return hull;
}

/** Whether the way from `a` over `b` to `c` saves less a token after `b` than before. */
function turns(a, b, c) {
  return (a.error - b.error) * (c.tokens - b.tokens) > (b.error - c.error) * (b.tokens - a.tokens);
}
