import { Analysis } from '#dist/analyze/analysis.js';
import { parseAnalyzeOptions } from '#dist/analyze/analyze-options.js';
import { summarize } from '#dist/analyze/summarize.js';
import { DEFAULT_PRICE } from '#dist/pipeline/choosers.js';
import { fidelitySpending } from '#dist/scales/fidelity-spending.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { pool } from '#dist/scales/pool.js';
import { TokenSelector } from '#dist/scales/token-selector.js';
import { describe, expect, test } from 'vitest';
import { distance, project } from '../support/naive-scales.ts';
import { patchMeans } from '../support/patch-mean-encoder.ts';
import { scenery, withBox } from '../support/picture.ts';

const FRAMES = 6;

function facts(gridSide: number, inputSide: number) {
  const rest = { name: 'patch-mean', resize: 'stretch', padColor: [0, 0, 0], stage: 'pre', digest: 'none' } as const;
  return { ...rest, gridSide, inputSide, channels: 3 };
}

function clipOf(side: number) {
  const ground = scenery(side, 6);
  return Array.from({ length: FRAMES }, (_, i) =>
    withBox(ground, { x: i * 9, y: i * 4, width: side / 4, height: side / 5 }, [240, 30 * i, 10]),
  );
}

describe('an analysis over a grid finer than any tree', () => {
  const pictures = clipOf(192);
  const features = pictures.map((rgb) => patchMeans(rgb, 192, 48));
  const analysis = new Analysis({ facts: facts(48, 192) });
  for (const [t, rgb] of pictures.entries()) analysis.take(rgb, t / 4, features[t]!);
  const { perFrame, ladder } = summarize(analysis, parseAnalyzeOptions({}));
  const weights = analysis.moments.weights();
  const weighted = (frame: Float32Array): Float64Array =>
    Float64Array.from(frame, (v, i) => v * Math.sqrt(weights[i % 3]!));

  test('measures what an update leaves on the whole grid, what no tree can say included', () => {
    const selector = new TokenSelector(
      makeLadder(48, [1, 9, 36, 144, 576]),
      3,
      'tree',
      fidelitySpending(DEFAULT_PRICE.features),
    );
    for (const [t, frame] of features.entries()) {
      // Up to the whole grid: every token of the receiver stands for four cells.
      const held = Float32Array.from({ length: frame.length }, (_, i) => {
        const [cell, c] = [Math.floor(i / 3), i % 3];
        return selector.grid.held[(Math.floor(cell / 96) * 24 + Math.floor((cell % 48) / 2)) * 3 + c]!;
      });
      const residual = weighted(frame.map((v, i) => v - held[i]!));
      for (const [level, tokens] of ladder.entries()) {
        const naive = distance(residual, project(residual, 48, Math.sqrt(tokens), 3));
        expect(perFrame[t]!.updating[level], `frame ${t}, ${tokens} tokens`).toBeCloseTo(naive, 4);
      }
      const means = pool(frame, 48, 24, 3, new Float32Array(576 * 3));
      const positions = selector.select(means, { timeS: t / 4, scene: t === 0 });
      selector.received(positions, selector.tokensAt(positions));
      expect(perFrame[t]!.treeTokens).toBe(Math.max(1, positions.length));
    }
  });
});

test.each([
  [12, 96],
  [8, 64],
  [37, 148],
])('an analysis over a grid of side %d has figures for everything', (gridSide, inputSide) => {
  const analysis = new Analysis({ facts: facts(gridSide, inputSide) });
  for (const [t, rgb] of clipOf(inputSide).entries()) analysis.take(rgb, t / 4, patchMeans(rgb, inputSide, gridSide));
  const summary = summarize(analysis, parseAnalyzeOptions({}));
  expect(summary.frames).toBe(FRAMES);
  // JSON has no number for NaN and Infinity.
  expect(JSON.stringify(summary)).not.toContain('null');
  expect(summary.recommendation.tokensPerFrame).toBeGreaterThanOrEqual(1);
});
