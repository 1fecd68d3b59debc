import { SignificantResidual } from '#dist/change/significant-residual.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { ReceiverState } from '#dist/scales/receiver-state.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distance, project } from '../support/naive-scales.ts';
import { Random } from '../support/random.ts';

const GRID = 6;
const CELLS = GRID * GRID;
const CHANNELS = 18;
const ladder = makeLadder(GRID, [1, 9, CELLS]);
const receiver = new ReceiverState(ladder, CHANNELS);

/** What a scale leaves of the significant cells' residual, from its definition. */
function left(
  residual: Float32Array,
  significant: readonly boolean[],
  weights: readonly number[],
  side: number,
): number {
  const masked = residual.map((value, i) => (significant[Math.floor(i / CHANNELS)] ? value : 0));
  const kept = project(masked, GRID, side, CHANNELS);
  return weights.reduce((sum, weight, cell) => {
    const [from, to] = [cell * CHANNELS, (cell + 1) * CHANNELS];
    return sum + (weight * distance(masked.subarray(from, to), kept.slice(from, to))) / CHANNELS;
  }, 0);
}

describe('the energy of a significant residual that stays after a scale is sent', () => {
  test('is that of its cells less their block means, by the time for which each has stood still', () => {
    const film = fc.array(fc.array(fc.boolean(), { minLength: CELLS, maxLength: CELLS }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(film, fc.integer(), (frames, seed) => {
        const random = new Random(seed);
        const all = Int32Array.from({ length: CELLS }, (_, cell) => cell);
        const significant = new SignificantResidual(ladder, all);
        let ages = Array.from(all, () => 0);
        for (const [timeS, cells] of frames.entries()) {
          const residual = random.grid(CELLS * CHANNELS);
          ages = ages.map((age, cell) => (cells[cell] ? age + 1 : 0));
          const { changed } = significant.take({
            residual,
            energies: Float32Array.from(cells, (is) => (is ? 10 : 1)),
            differences: new Float32Array(CELLS),
            timeS,
            thresholdOf: () => 5,
            excuses: () => false,
          });
          expect(changed).toBe(cells.filter(Boolean).length);
          for (const scale of ladder.scales.slice(0, -1)) {
            const wanted = left(
              residual,
              cells,
              ages.map((age) => 1 + age),
              scale.side,
            );
            const found = significant.energyAfter(scale, receiver.parentsOf(scale));
            expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-5 * (1 + wanted));
          }
          expect(significant.energyAfter(ladder.scales.at(-1)!, receiver.parentsOf(ladder.scales.at(-1)!))).toBe(0);
        }
      }),
    );
  });
});
