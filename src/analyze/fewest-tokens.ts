import type { TauHistogram } from './analysis-report.ts';

/** Taus of the histograms beside the one that was asked for. */
const TAUS = [0.1, 0.2, 0.3, 0.5, 0.7];

/**
 * The tokens of the smallest scale that leaves no more than tau: what M3 calls the granularity that a sample needs
 * (arXiv 2405.17430, section 4.4), with feature distortion in place of a right answer.
 * @param left - of each scale, coarsest first
 * @param ladder - tokens of each scale
 */
export function fewestTokens(left: readonly number[], ladder: readonly number[], tau: number): number {
  const level = left.findIndex((error) => error <= tau);
  return ladder[level === -1 ? ladder.length - 1 : level] ?? 1;
}

/** The tau that was asked for among the usual ones, ascending. */
export function tausBeside(tau: number): number[] {
  return [...new Set([...TAUS, tau])].sort((a, b) => a - b);
}

/** How many frames need each scale, for several taus, `tau` among them. */
export function tauHistograms(
  frames: readonly { readonly alone: readonly number[]; readonly updating: readonly number[] }[],
  ladder: readonly number[],
  tau: number,
): TauHistogram[] {
  const count = (lefts: readonly (readonly number[])[], at: number): Record<string, number> => {
    const counts = Object.fromEntries(ladder.map((tokens) => [tokens, 0]));
    for (const left of lefts)
      counts[fewestTokens(left, ladder, at)] = (counts[fewestTokens(left, ladder, at)] ?? 0) + 1;
    return counts;
  };
  const alone = frames.map((frame) => frame.alone);
  const updating = frames.map((frame) => frame.updating);
  return tausBeside(tau).map((at) => ({ tau: at, alone: count(alone, at), updating: count(updating, at) }));
}
