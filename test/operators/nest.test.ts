import type { TokenScale } from '#dist/media/token-scale.js';
import { nest } from '#dist/operators/nest.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { blockMeans, worst } from '../support/naive-scales.ts';
import { encoded } from '../support/nested-frames.ts';
import { behavesLikeMap } from '../support/operator-contract.ts';

const [one, nine, , , all] = makeLadder(24, [1, 9, 36, 144, 576]).scales as [
  TokenScale,
  TokenScale,
  never,
  never,
  TokenScale,
];

describe('nest', () => {
  behavesLikeMap({
    operator: nest,
    inputs: () => [encoded(0, one), encoded(1, undefined), encoded(2, one, 10)],
    look: ({ frame, kind, channels, scale, tokens }) => [frame.index, kind, channels, scale, [...tokens]],
    outputs: [
      [0, 'uniform', 2, 1, [575, 576]],
      [1, 'hold', 2, 1, [575, 576]],
      [2, 'uniform', 2, 1, [585, 586]],
    ],
  });

  test('makes the block means of the chosen scale', async () => {
    const frame = encoded(0, nine);
    const { tokens, scale } = await lastValueFrom(of(frame).pipe(nest()));
    expect(scale).toBe(9);
    expect(worst(tokens, blockMeans(frame.features!.data, 24, 3, 2))).toBeLessThan(1e-3);
  });

  test('gives the grid itself where the scale is the grid', async () => {
    const frame = encoded(0, all);
    const { tokens } = await lastValueFrom(of(frame).pipe(nest()));
    expect(tokens).toBe(frame.features!.data);
  });

  test('takes features that the encoder has pooled to the scale already', async () => {
    const frame = encoded(0, nine, 0, 3);
    const { tokens } = await lastValueFrom(of(frame).pipe(nest()));
    expect(tokens).toBe(frame.features!.data);
  });

  test('makes of a held frame one token: the mean of those sent last', async () => {
    const frames = [encoded(0, all, 5), encoded(1, nine, 100), encoded(2, undefined), encoded(3, undefined)];
    const results = await lastValueFrom(of(...frames).pipe(nest(), toArray()));
    const sent = results[1]!.tokens;
    for (const held of results.slice(2)) {
      expect(held).toMatchObject({ kind: 'hold', scale: 1 });
      expect(worst(held.tokens, blockMeans(sent, 3, 1, 2))).toBeLessThan(1e-3);
    }
  });

  test('has no state that two subscriptions share', async () => {
    const source = of(encoded(0, one), encoded(1, undefined)).pipe(nest(), toArray());
    const [first, second] = [await lastValueFrom(source), await lastValueFrom(source)];
    expect(second).toEqual(first);
    expect(second[1]!.tokens).not.toBe(first[1]!.tokens);
  });
});
