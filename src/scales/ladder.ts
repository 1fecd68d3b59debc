import { FramenestError } from '../errors.ts';
import type { Ladder, TokenScale } from '../media/token-scale.ts';

/** Tokens of the default ceiling: about the smallest scale that a language model trained on one scale can still use. */
const DEFAULT_CEILING = 144;

/**
 * Makes a ladder from token counts, coarsest first. Each count must be the square of a side, each side must divide the
 * next one, and the last must divide the patch grid's: only then is every coarse token the mean of finer ones.
 * @param tokens - ascending token counts such as `[1, 9, 36, 144]`; the first must be 1, so that a still frame costs 1
 * @throws FramenestError LADDER_INVALID
 */
export function makeLadder(gridSide: number, tokens: readonly number[]): Ladder {
  const refuse = (what: string): never => {
    throw new FramenestError('LADDER_INVALID', {
      what,
      mend: `Give ascending squares whose sides divide each other and ${gridSide}, such as ${defaultTokens(gridSide).join(',')}.`,
    });
  };
  if (tokens[0] !== 1) refuse(`A ladder starts at 1 token, this one at ${tokens[0] ?? 'nothing'}.`);
  const scales = tokens.map((count, level): TokenScale => {
    const side = Math.sqrt(count);
    if (!Number.isInteger(side)) refuse(`${count} tokens are no square grid.`);
    if (gridSide % side !== 0) refuse(`A ${side}×${side} grid does not divide the encoder's ${gridSide}×${gridSide}.`);
    const coarser = Math.sqrt(tokens[level - 1] ?? 1);
    if (level > 0 && (side <= coarser || side % coarser !== 0)) {
      refuse(`Side ${coarser} (${coarser * coarser} tokens) does not divide side ${side} (${count} tokens).`);
    }
    return { level, side, tokens: count };
  });
  return { gridSide, scales };
}

/**
 * M3's ladder for a 24×24 grid (1, 9, 36, 144), and its counterpart for any other grid: arXiv 2405.17430, section 3.
 * @param finest - tokens of its last scale; by default what is nearest below 144
 * @throws FramenestError LADDER_INVALID where that is no scale of the grid
 */
export function defaultLadder(gridSide: number, finest?: number): Ladder {
  if (finest === undefined) return makeLadder(gridSide, defaultTokens(gridSide));
  return cappedLadder(makeLadder(gridSide, defaultTokens(gridSide, Infinity)), finest);
}

/**
 * The scales of a ladder up to one of them.
 * @throws FramenestError LADDER_INVALID where the ladder has no such scale
 */
export function cappedLadder(ladder: Ladder, finest: number): Ladder {
  const { level } = scaleOf(ladder, finest);
  return { ...ladder, scales: ladder.scales.slice(0, level + 1) };
}

/** Divides the grid by its smallest prime again and again (24, 12, 6, 3, 1) and keeps what is not above the ceiling. */
function defaultTokens(gridSide: number, ceiling = DEFAULT_CEILING): number[] {
  const sides = [gridSide];
  for (let side = gridSide; side > 1;) {
    side /= smallestPrime(side);
    sides.push(side);
  }
  return sides
    .map((side) => side * side)
    .filter((tokens) => tokens <= ceiling)
    .reverse();
}

function smallestPrime(n: number): number {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return p;
  return n;
}

/**
 * The scale of that many tokens.
 * @throws FramenestError LADDER_INVALID where the ladder has no such scale
 */
export function scaleOf(ladder: Ladder, tokens: number): TokenScale {
  const scale = ladder.scales.find((s) => s.tokens === tokens);
  if (scale) return scale;
  throw new FramenestError('LADDER_INVALID', {
    what: `No scale of ${tokens} tokens in the ladder ${ladder.scales.map((s) => s.tokens).join(',')}.`,
    mend: 'Choose one of these, or name it in --ladder.',
  });
}
