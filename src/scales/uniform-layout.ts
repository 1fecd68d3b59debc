import type { Ladder } from '../media/token-scale.ts';
import type { FeatureResidual } from './feature-residual.ts';
import type { Layout } from './layout.ts';
import { positionOf } from './scale-tree.ts';
import type { Allowance } from './spending.ts';

/** A coarser scale than the last one must be this much better, as a share of what the last one costs. */
const HYSTERESIS = 0.15;

/** The whole frame at one scale: the one that gains most after its tokens are paid for. */
export class UniformLayout implements Layout {
  readonly #positions: readonly Int32Array[];
  #last: number;

  constructor({ scales }: Ladder) {
    this.#positions = scales.map(({ level, tokens }) =>
      Int32Array.from({ length: tokens }, (_, cell) => positionOf(level, cell)),
    );
    this.#last = scales.length - 1;
  }

  /** See {@link Layout.choose}. */
  choose(residual: FeatureResidual, { price, most, tau }: Allowance): Int32Array {
    const values = this.#positions.map(
      (positions, level) => residual.gains[level]!.reduce((sum, gain) => sum + gain, 0) - price * positions.length,
    );
    const allowed = this.#positions.findLastIndex((positions) => positions.length <= most);
    let best = 0;
    for (let level = 1; level <= allowed; level++) if (values[level]! > values[best]!) best = level;
    const kept = this.#last <= allowed && best < this.#last;
    if (kept && values[best]! - values[this.#last]! < HYSTERESIS * price * this.#positions[this.#last]!.length) {
      best = this.#last;
    }
    if (tau !== undefined) while (best < allowed && leftAt(residual, best) > tau) best++;
    this.#last = best;
    return this.#positions[best]!;
  }
}

/** Mean energy of a cell that stays unsaid once the whole frame went out at a level, cells. */
function leftAt(residual: FeatureResidual, level: number): number {
  const relieved = residual.reliefs[level]!.reduce((sum, relief) => sum + relief, 0);
  return Math.max(0, residual.energy - relieved / residual.reliefs.at(-1)!.length);
}
