import type { CurvePoint } from './analysis-report.ts';

/** What a curve needs to be read at a distortion. */
type Point = Pick<CurvePoint, 'tokensPerFrame' | 'distortion'>;

/**
 * The tokens per frame at which a curve has a distortion: between its points the logarithm of the tokens goes straight,
 * as for BD-rate (Bjøntegaard 2001).
 * @returns `undefined` where no setting of the curve leaves so little
 */
export function tokensAt(points: readonly Point[], distortion: number): number | undefined {
  const best = frontier(points);
  const right = best.findIndex((point) => point.distortion <= distortion);
  const b = best[right];
  const a = best[right - 1];
  if (b === undefined || a === undefined) return b?.tokensPerFrame;
  const part = (a.distortion - distortion) / (a.distortion - b.distortion);
  return Math.exp((1 - part) * Math.log(a.tokensPerFrame) + part * Math.log(b.tokensPerFrame));
}

/**
 * The distortion that a curve reaches with so many tokens per frame, when frames may be shared out between two settings.
 * @returns that of the nearest end outside the curve
 */
export function distortionAt(points: readonly Point[], tokensPerFrame: number): number {
  const best = frontier(points);
  const right = best.findIndex((point) => point.tokensPerFrame >= tokensPerFrame);
  const a = best[right - 1];
  const b = best[right];
  if (a === undefined || b === undefined) return (b ?? best.at(-1))?.distortion ?? 0;
  const part = (tokensPerFrame - a.tokensPerFrame) / (b.tokensPerFrame - a.tokensPerFrame);
  return (1 - part) * a.distortion + part * b.distortion;
}

/** By rising tokens, without the points that cost more and leave more than another. */
export function frontier<T extends Point>(points: readonly T[]): T[] {
  const sorted = [...points].sort((a, b) => a.tokensPerFrame - b.tokensPerFrame || a.distortion - b.distortion);
  let least = Infinity;
  return sorted.filter(({ distortion }) => {
    if (distortion >= least) return false;
    least = distortion;
    return true;
  });
}
