import { fidelitySpending } from '#dist/scales/fidelity-spending.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { TokenSelector } from '#dist/scales/token-selector.js';
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

const GRID_SIDE = 24;
const CHANNELS = 64;
const CELLS = GRID_SIDE ** 2;

/** Scenes that differ in one patch of 8 rows of cells, so that every frame says something. */
function scenes(count: number): Float32Array<ArrayBuffer>[] {
  const random = new Random(7);
  const still = Float32Array.from({ length: CELLS * CHANNELS }, () => 2 * random.next() - 1);
  return Array.from({ length: count }, (_, k) => {
    const scene = still.slice();
    for (let i = 0; i < 8 * GRID_SIDE * CHANNELS; i++)
      scene[(k * 2 * GRID_SIDE * CHANNELS + i) % scene.length] = random.next();
    return scene;
  });
}

describe('selecting the tokens of a frame', () => {
  test.each(['tree', 'uniform'] as const)('makes no buffer but those of the packet (%s)', (layout) => {
    const selector = new TokenSelector(
      makeLadder(GRID_SIDE, [1, 9, 36, 144, CELLS]),
      CHANNELS,
      layout,
      fidelitySpending(1),
    );
    const film = scenes(8);
    let [sent, made] = [0, 0];
    for (let t = 0; t < 60; t++) {
      const before = process.memoryUsage().arrayBuffers;
      const positions = selector.select(film[t % film.length]!, { timeS: t / 4, scene: t === 0 });
      const tokens = selector.tokensAt(positions);
      selector.received(positions, tokens);
      // The first frames make what is kept for good. A collection between two looks only hides what was made before it.
      if (t < 8) continue;
      made += Math.max(0, process.memoryUsage().arrayBuffers - before);
      sent += tokens.byteLength + positions.byteLength;
    }
    expect(sent).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(sent);
  });
});
