/** Median of the numbers; what every figure here quotes. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs both in turn, A B A B …, so that a machine that slows down slows both; one round of each first, not counted. */
export async function alternate(rounds, a, b) {
  const ours = [];
  const rival = [];
  for (let round = -1; round < rounds; round++) {
    const [x, y] = [await a(), await b()];
    if (round >= 0) {
      ours.push(x);
      rival.push(y);
    }
  }
  return { ours: median(ours), rival: median(rival), ratio: median(ours.map((x, i) => x / rival[i])) };
}
