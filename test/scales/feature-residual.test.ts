import { FeatureResidual, PERSISTENCE } from '#dist/scales/feature-residual.js';
import type { Persistence } from '#dist/scales/feature-residual.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { ReceiverGrid } from '#dist/scales/receiver-grid.js';
import { positionOf, scaleTree } from '#dist/scales/scale-tree.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NaiveResidual } from '../support/naive-residual.ts';
import { norm } from '../support/naive-scales.ts';
import { Random } from '../support/random.ts';

/** What float32 sums may be off, as a share of what was summed. */
const TOLERANCE = 1e-4;

const ladders = fc.constantFrom(
  { gridSide: 6, tokens: [1, 9, 36] },
  { gridSide: 6, tokens: [1, 4, 36] },
  { gridSide: 12, tokens: [1, 9, 36] },
  { gridSide: 8, tokens: [1, 4, 16, 64] },
  { gridSide: 4, tokens: [1] },
  { gridSide: 1, tokens: [1] },
);
/** How a frame differs from the one before, and which tokens go out after it. */
const frames = fc.array(
  fc.record({
    scene: fc.boolean(),
    change: fc.constantFrom(0, 0.1, 0.6, 3),
    sent: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 8 },
);
const streams = fc.record({ ladder: ladders, channels: fc.integer({ min: 1, max: 13 }), seed: fc.integer(), frames });

interface Stream {
  ladder: { readonly gridSide: number; readonly tokens: readonly number[] };
  channels: number;
  seed: number;
  frames: { scene: boolean; change: number; sent: [number, number][] }[];
}

interface Seen {
  x: Float32Array;
  grid: ReceiverGrid;
  residual: FeatureResidual;
  scene: boolean;
}

/** Plays a stream: shows each frame to a residual, calls `check`, and sends the frame's tokens. */
function play(
  { ladder: { gridSide, tokens }, channels, seed, frames: all }: Stream,
  tuning: Persistence,
  check: (seen: Seen) => void,
  onMoved?: (cell: number, delta: Float32Array) => void,
): void {
  const random = new Random(seed);
  const ladder = makeLadder(gridSide, tokens);
  const residual = new FeatureResidual(ladder, scaleTree(ladder), channels, tuning);
  const grid = new ReceiverGrid(ladder, channels);
  let x = random.grid(tokens.at(-1)! * channels);
  for (const [t, { scene, change, sent }] of all.entries()) {
    x = x.map((value, i) => (i % 3 === 0 ? value : value + change * random.gaussian()));
    residual.spread.learn(x);
    residual.observe(x, grid.held, scene || t === 0);
    check({ x, grid, residual, scene: scene || t === 0 });
    for (const [level, cell] of sent) {
      const at = level % tokens.length;
      grid.receive(positionOf(at, cell % tokens[at]!), random.grid(channels), 0, (moved, delta) => {
        residual.sent(moved, delta);
        onMoved?.(moved, delta);
      });
    }
  }
}

/** Σ w·(x − X̂)² over all cells, in float64. */
function errorOf(x: Float32Array, held: Float32Array, weights: Float32Array): number {
  return x.reduce((sum, value, i) => sum + weights[i % weights.length]! * (value - held[i]!) ** 2, 0);
}

/** The mean of X over the cells of a token, `[channels]`. */
function meanOf(x: Float32Array, channels: number, side: number, gridSide: number, token: number): Float32Array {
  const block = gridSide / side;
  const out = new Float64Array(channels);
  for (let i = 0; i < block ** 2; i++) {
    const row = Math.floor(token / side) * block + Math.floor(i / block);
    const cell = row * gridSide + (token % side) * block + (i % block);
    for (let c = 0; c < channels; c++) out[c]! += x[cell * channels + c]! / block ** 2;
  }
  return Float32Array.from(out);
}

describe('the residual of a stream', () => {
  test('finds the gains, reliefs and energy that the definitions give, whatever is shown and sent', () => {
    fc.assert(
      fc.property(streams, (stream) => {
        const { ladder, channels } = stream;
        const naive = new NaiveResidual(ladder.tokens.map(Math.sqrt), ladder.gridSide, channels, PERSISTENCE);
        play(
          stream,
          PERSISTENCE,
          ({ x, grid, residual, scene }) => {
            naive.observe(x, grid.held, scene, residual.spread.weights);
            fc.pre(!naive.ambiguous);
            expect(Math.abs(residual.energy - naive.energy)).toBeLessThanOrEqual(TOLERANCE * naive.energy);
            for (const [level, worths] of naive.worths.entries()) {
              for (const [token, { gain, relief, size }] of worths.entries()) {
                expect(Math.abs(residual.gains[level]![token]! - gain)).toBeLessThanOrEqual(TOLERANCE * size);
                expect(Math.abs(residual.reliefs[level]![token]! - relief)).toBeLessThanOrEqual(TOLERANCE * size);
              }
            }
          },
          (cell, delta) => naive.sent(cell, delta),
        );
      }),
    );
  });

  test('foretells by how much a token lowers the error of what the receiver holds', () => {
    fc.assert(
      fc.property(streams, fc.nat(), fc.nat(), (stream, someLevel, someCell) => {
        const { tokens, gridSide } = stream.ladder;
        const ladder = makeLadder(gridSide, tokens);
        const level = someLevel % tokens.length;
        const token = someCell % tokens[level]!;
        play(stream, PERSISTENCE, ({ x, grid, residual }) => {
          const { weights } = residual.spread;
          const before = errorOf(x, grid.held, weights);
          const after = new ReceiverGrid(ladder, stream.channels);
          after.held.set(grid.held);
          after.receive(
            positionOf(level, token),
            meanOf(x, stream.channels, Math.sqrt(tokens[level]!), grid.side, token),
            0,
          );
          const drop = before - errorOf(x, after.held, weights);
          expect(Math.abs(residual.reliefs[level]![token]! - drop)).toBeLessThanOrEqual(TOLERANCE * before);
        });
      }),
    );
  });

  test('takes a token to gain just what it relieves where nothing is expected to stay', () => {
    const fleeting = { ...PERSISTENCE, slope: 0, first: 0, patchNoise: 0 };
    fc.assert(
      fc.property(streams, (stream) => {
        play(stream, fleeting, ({ residual }) => {
          for (const [level, reliefs] of residual.reliefs.entries()) {
            for (const [token, relief] of reliefs.entries()) {
              const gain = residual.gains[level]![token]!;
              expect(Math.abs(gain - relief)).toBeLessThanOrEqual(TOLERANCE * Math.abs(relief));
            }
          }
        });
      }),
    );
  });

  test('expects nothing more of a cell once it was sent as it is', () => {
    const ladder = makeLadder(6, [1, 9, 36]);
    const residual = new FeatureResidual(ladder, scaleTree(ladder), 5);
    const grid = new ReceiverGrid(ladder, 5);
    const x = new Random(3).grid(36 * 5);
    for (let t = 0; t < 4; t++) {
      residual.spread.learn(x);
      residual.observe(x, grid.held, t === 0);
    }
    expect(residual.gains[2]!.every((gain) => gain > 0)).toBe(true);
    for (let cell = 0; cell < 36; cell++) {
      grid.receive(positionOf(2, cell), x, cell * 5, (moved, delta) => residual.sent(moved, delta));
    }
    residual.observe(x, grid.held, false);
    expect(residual.energy).toBe(0);
    for (const gains of residual.gains) expect(norm(gains)).toBeLessThan(1e-10);
  });

  test('values what has stayed above what has just come', () => {
    const ladder = makeLadder(6, [1, 9, 36]);
    const residual = new FeatureResidual(ladder, scaleTree(ladder), 4);
    const random = new Random(8);
    const still = random.grid(36 * 4);
    const held = new Float32Array(still.length);
    for (let t = 0; t < 10; t++) {
      const x = still.map((value, i) => (i < 4 ? random.gaussian() : value));
      residual.spread.learn(x);
      residual.observe(x, held, t === 0);
    }
    const worth = (cell: number): number => residual.gains[2]![cell]! / residual.reliefs[2]![cell]!;
    expect(worth(0)).toBeLessThan(2);
    // Not to the last digit: the other cells' values change the weights of the channels.
    expect(worth(20)).toBeGreaterThan(1 + 0.95 * 9 * PERSISTENCE.slope);
  });

  test('gives the same numbers to the bit for the same stream, beside others', () => {
    fc.assert(
      fc.property(streams, fc.integer(), (stream, otherSeed) => {
        const gainsOf = (seed: number): Float64Array[] => {
          const heard: Float64Array[] = [];
          play({ ...stream, seed }, PERSISTENCE, ({ residual }) => {
            heard.push(...residual.gains.map((gains) => gains.slice()));
          });
          return heard;
        };
        const first = gainsOf(stream.seed);
        gainsOf(otherSeed);
        expect(gainsOf(stream.seed)).toEqual(first);
      }),
      { numRuns: 20 },
    );
  });

  test('reads its inputs and leaves them as they are', () => {
    const ladder = makeLadder(6, [1, 9, 36]);
    const residual = new FeatureResidual(ladder, scaleTree(ladder), 7);
    const [x, held] = [new Random(1).grid(36 * 7), new Random(2).grid(36 * 7)];
    const [xBefore, heldBefore] = [x.slice(), held.slice()];
    residual.spread.learn(x);
    residual.observe(x, held, true);
    residual.sent(3, held.subarray(0, 7));
    expect([x, held]).toEqual([xBefore, heldBefore]);
  });
});
