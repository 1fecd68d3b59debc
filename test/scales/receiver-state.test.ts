import { makeLadder } from '#dist/scales/ladder.js';
import { ReceiverState } from '#dist/scales/receiver-state.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distance, norm, project, worst } from '../support/naive-scales.ts';
import { Random } from '../support/random.ts';

const GRID = 24;
const CHANNELS = 3;
const ladder = makeLadder(GRID, [1, 9, 36, 144, 576]);
const level = fc.nat(ladder.scales.length - 1);
const seed = fc.integer();

/** ‖(I − Π_s)(X − X̂)‖² from its definition. */
function leftAfter(x: Float32Array, held: Float32Array, side: number): number {
  const residual = x.map((value, i) => value - held[i]!);
  return distance(residual, project(residual, GRID, side, CHANNELS));
}

describe('the state of the receiver', () => {
  test('starts with nothing held, so that holding costs the energy of the frame', () => {
    const state = new ReceiverState(ladder, CHANNELS);
    const x = new Random(1).grid(GRID ** 2 * CHANNELS);
    expect(norm(state.held)).toBe(0);
    expect(norm(state.residual(x))).toBeCloseTo(norm(x), 4);
  });

  test('foretells for every scale the error that the definition gives, whatever was sent before', () => {
    fc.assert(
      fc.property(seed, fc.array(level, { maxLength: 5 }), (start, sent) => {
        const random = new Random(start);
        const state = new ReceiverState(ladder, CHANNELS);
        for (const i of sent) state.send(random.grid(GRID ** 2 * CHANNELS), ladder.scales[i]!);
        const x = random.grid(GRID ** 2 * CHANNELS);
        const foretold = state.errors(x);
        const total = distance(x, state.held);
        for (const [i, { side }] of ladder.scales.entries()) {
          expect(Math.abs(foretold[i]! - leftAfter(x, state.held, side))).toBeLessThan(1e-5 * total);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('is left, after a send, with exactly the error that was foretold', () => {
    fc.assert(
      fc.property(seed, level, level, (start, before, i) => {
        const random = new Random(start);
        const state = new ReceiverState(ladder, CHANNELS);
        state.send(random.grid(GRID ** 2 * CHANNELS), ladder.scales[before]!);
        const x = random.grid(GRID ** 2 * CHANNELS);
        const total = distance(x, state.held);
        const foretold = state.errors(x)[i]!;
        state.send(x, ladder.scales[i]!);
        expect(Math.abs(distance(x, state.held) - foretold)).toBeLessThan(1e-5 * total);
      }),
      { numRuns: 50 },
    );
  });

  test('never gets worse by one token or more, and the less so the finer the scale', () => {
    fc.assert(
      fc.property(seed, fc.array(level, { minLength: 1, maxLength: 6 }), (start, sent) => {
        const random = new Random(start);
        const state = new ReceiverState(ladder, CHANNELS);
        for (const i of sent) {
          const x = random.grid(GRID ** 2 * CHANNELS);
          const holding = distance(x, state.held);
          const errors = state.errors(x);
          const slack = 1e-5 * holding;
          for (const [k, error] of errors.entries()) {
            expect(error).toBeLessThanOrEqual((errors[k - 1] ?? holding) + slack);
          }
          state.send(x, ladder.scales[i]!);
          expect(distance(x, state.held)).toBeLessThanOrEqual(holding + slack);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('takes the block means of the frame at the scale sent and keeps its older detail', () => {
    const random = new Random(9);
    const state = new ReceiverState(ladder, CHANNELS);
    const old = random.grid(GRID ** 2 * CHANNELS);
    state.replace(old);
    const x = random.grid(GRID ** 2 * CHANNELS);
    const scale = ladder.scales[1]!;
    state.send(x, scale);
    expect(worst(project(state.held, GRID, 3, CHANNELS), project(x, GRID, 3, CHANNELS))).toBeLessThan(1e-5);
    const detail = (values: Float32Array): number[] => {
      const coarse = project(values, GRID, 3, CHANNELS);
      return coarse.map((mean, i) => values[i]! - mean);
    };
    expect(worst(detail(state.held), detail(old))).toBeLessThan(1e-5);
  });

  test('holds the frame itself after the finest scale of the grid', () => {
    const state = new ReceiverState(ladder, CHANNELS);
    const x = new Random(2).grid(GRID ** 2 * CHANNELS);
    state.send(x, ladder.scales.at(-1)!);
    expect(worst(state.held, x)).toBeLessThan(1e-6);
    expect(Math.max(...state.errors(x))).toBeLessThan(1e-6);
  });

  test('lets slow drift add up, since the residual is against what was sent', () => {
    const state = new ReceiverState(ladder, CHANNELS);
    const x = new Random(4).grid(GRID ** 2 * CHANNELS);
    state.replace(x);
    const step = 0.01;
    const held: number[] = [];
    for (let frame = 1; frame <= 100; frame++) {
      for (let i = 0; i < x.length; i++) x[i]! += step;
      held.push(norm(state.residual(x)));
    }
    const expected = (frames: number): number => x.length * (frames * step) ** 2;
    expect(held[0]! / expected(1)).toBeCloseTo(1, 2);
    expect(held[99]! / expected(100)).toBeCloseTo(1, 3);
    // All of the drift is one shift: one token takes it away.
    state.send(x, ladder.scales[0]!);
    expect(norm(state.residual(x))).toBeLessThan(1e-6 * held[99]!);
  });

  test('does not keep the frame that it was given', () => {
    const state = new ReceiverState(ladder, CHANNELS);
    const x = new Random(6).grid(GRID ** 2 * CHANNELS);
    state.replace(x);
    const copy = state.held.slice();
    x.fill(0);
    expect(worst(state.held, copy)).toBe(0);
  });

  test('refuses a scale that its ladder does not have', () => {
    const state = new ReceiverState(ladder, CHANNELS);
    expect(() => state.parentsOf({ level: 9, side: 2, tokens: 4 })).toThrow(RangeError);
  });
});
