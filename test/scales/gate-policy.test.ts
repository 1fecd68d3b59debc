import { DEFAULT_GATE, gatePolicy } from '#dist/scales/gate-policy.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { score } from '../support/change-score.ts';

const ladder = defaultLadder(24);
const finest = ladder.scales.at(-1)!;
const gate = gatePolicy(ladder, { gate: 100, refreshS: 10 });

const scores = fc
  .record({
    holdEnergy: fc.double({ min: 0, max: 1e6, noNaN: true }),
    staleS: fc.double({ min: 0, max: 100, noNaN: true }),
    first: fc.boolean(),
    cut: fc.boolean(),
    flash: fc.boolean(),
  })
  .map(score);

describe('the gate', () => {
  test('holds a frame without a significant residual, however long ago the last one was encoded', () => {
    expect(gate.choose(score({ staleS: 1e6 }))).toEqual({ scale: undefined, reason: 'still' });
  });

  test.each([
    ['first', { first: true }],
    ['cut', { cut: true }],
    ['change', { holdEnergy: 100.1 }],
    ['stale', { holdEnergy: 0.1, staleS: 10 }],
  ] as const)('runs the encoder for the reason "%s"', (reason, part) => {
    expect(gate.choose(score(part))).toEqual({ scale: finest, reason });
  });

  test.each([
    ['a residual that is as large as the gate', { holdEnergy: 100 }],
    ['a faint residual that is not old enough', { holdEnergy: 0.1, staleS: 9.99 }],
  ])('holds %s', (_, part) => {
    expect(gate.choose(score(part)).scale).toBeUndefined();
  });

  test('asks for the finest scale or for none: what a frame is worth is not its affair', () => {
    fc.assert(fc.property(scores, (of) => [finest, undefined].includes(gate.choose(of).scale)));
  });

  test('never holds what a lower residual opens it for', () => {
    fc.assert(
      fc.property(scores, fc.double({ min: 1, max: 100, noNaN: true }), (of, factor) => {
        if (gate.choose(of).scale === undefined) return;
        expect(gate.choose({ ...of, holdEnergy: of.holdEnergy * factor }).scale).toBe(finest);
      }),
    );
  });

  test('opens for any significant residual where it is set to 0, and for none but a stale one where it is infinite', () => {
    const open = gatePolicy(ladder, { gate: 0, refreshS: 10 });
    const shut = gatePolicy(ladder, { gate: Infinity, refreshS: 10 });
    fc.assert(
      fc.property(scores, (of) => {
        const quiet = { ...of, first: false, cut: false };
        expect(open.choose(quiet).scale !== undefined).toBe(of.holdEnergy > 0);
        expect(shut.choose(quiet).scale !== undefined).toBe(of.holdEnergy > 0 && of.staleS >= 10);
      }),
    );
  });

  test('opens by default for one cell that is off by 15 grey levels, and not for one that is off by 10', () => {
    const byDefault = gatePolicy(ladder, { gate: DEFAULT_GATE, refreshS: 10 });
    expect(byDefault.choose(score({ holdEnergy: 15 ** 2 })).scale).toBe(finest);
    expect(byDefault.choose(score({ holdEnergy: 10 ** 2 })).scale).toBeUndefined();
  });

  test('asks sixteen times as much of a change when a live source is about to lose frames', () => {
    expect(gate.choose(score({ holdEnergy: 1600 }), 1).scale).toBeUndefined();
    expect(gate.choose(score({ holdEnergy: 1600.1 }), 1)).toEqual({ scale: finest, reason: 'change' });
  });

  test.each([
    ['first', { first: true }],
    ['cut', { cut: true }],
    ['stale', { holdEnergy: 0.1, staleS: 10 }],
  ] as const)('runs the encoder for the reason "%s" under any pressure', (reason, part) => {
    expect(gate.choose(score(part), 1)).toEqual({ scale: finest, reason });
  });

  test('never runs the encoder under a pressure where it would not without', () => {
    fc.assert(
      fc.property(scores, fc.double({ min: 0, max: 1, noNaN: true }), (of, pressure) => {
        if (gate.choose(of, pressure).scale !== undefined) expect(gate.choose(of).scale).toBe(finest);
      }),
    );
  });
});
