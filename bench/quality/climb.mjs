/**
 * A point of a grid: a value for each name.
 * @typedef {Record<string, number>} Point
 */

/**
 * Looks for the best point of a grid one dimension at a time (coordinate descent), from the first value of each, until
 * a whole round finds nothing better. All combinations of seven constants would be too many; what comes out is at least as good
 * as every point that differs from it in one of them.
 * @param {Record<string, readonly number[]>} grid values by name
 * @param {(point: Point) => number} figure higher is better; asked once for each point
 * @returns {{ point: Point, figure: number, tried: { point: Point, figure: number }[] }}
 */
export function climb(grid, figure) {
  const tried = new Map();
  const ask = (point) => {
    const key = JSON.stringify(Object.keys(grid).map((name) => point[name]));
    if (!tried.has(key)) tried.set(key, { point, figure: figure(point) });
    return tried.get(key);
  };
  let best = ask(Object.fromEntries(Object.entries(grid).map(([name, [first]]) => [name, first])));
  for (let before; before !== best;) {
    before = best;
    for (const [name, values] of Object.entries(grid)) {
      const { point } = best;
      for (const value of values) {
        const other = ask({ ...point, [name]: value });
        if (other.figure > best.figure) best = other;
      }
    }
  }
  return { ...best, tried: [...tried.values()] };
}
