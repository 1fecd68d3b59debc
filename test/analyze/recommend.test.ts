import type { Curve } from '#dist/analyze/analysis-report.js';
import { recommend } from '#dist/analyze/recommend.js';
import { describe, expect, test } from 'vitest';

const point = (setting: number, tokensPerFrame: number, distortion: number) => ({
  setting,
  tokensPerFrame,
  distortion,
});

const curves: Curve[] = [
  { policy: 'fixed', ceiling: 576, points: [point(576, 576, 0), point(144, 144, 0.4), point(1, 1, 1)] },
  { policy: 'every-kth', ceiling: 144, points: [point(1, 144, 0.4), point(144, 2, 0.45)] },
  { policy: 'fidelity-tree', ceiling: 144, points: [point(1, 40, 0.42), point(3, 10, 0.5)] },
  { policy: 'fidelity-tree', ceiling: 576, points: [point(1, 60, 0.2), point(3, 20, 0.3), point(9, 5, 0.6)] },
];

describe('a recommendation', () => {
  test('is the cheapest setting within tau, with what it costs', () => {
    const found = recommend(curves, { tau: 0.3, fps: 2 });
    expect(found).toMatchObject({
      policy: 'fidelity-tree',
      ceiling: 576,
      setting: 3,
      flags: '--policy fidelity --layout tree --max-scale 576 --price 3',
      tokensPerFrame: 20,
      tokensPerHour: 144_000,
      withinTau: true,
    });
    expect(found.sentence).toContain(found.flags);
    expect(found.sentence).toContain('20.0 tokens per frame, 144,000 per hour at 2 frames per second');
  });

  test('compares at equal feature distortion, and says who cannot reach it', () => {
    const { sentence } = recommend(curves, { tau: 0.3, fps: 2 });
    expect(sentence).toContain('At equal feature distortion "same scale for every frame" 204 tokens');
    expect(sentence).toMatch(/"Every k-th|"every k-th frame, up to 144" and "fidelity, tree, up to 144" cannot/);
  });

  test('never is the baseline of every k-th frame', () => {
    expect(recommend(curves, { tau: 0.45 }).policy).toBe('fidelity-tree');
  });

  test('is the setting that loses least where none is within tau, and says so', () => {
    const coarse = curves.slice(2, 3);
    const found = recommend(coarse, { tau: 0.1 });
    expect(found).toMatchObject({ setting: 1, withinTau: false });
    expect(found.sentence).toMatch(/^Nothing that was measured loses as little as 10\.0 %/);
  });

  test('of a single frame has no rate and promises none', () => {
    const found = recommend(curves, { tau: 0.3 });
    expect(found).not.toHaveProperty('tokensPerHour');
    expect(found.sentence).not.toContain('per hour');
  });

  test.each([0.05, 0.3, 0.45, 0.9, 1])('never speaks of accuracy or quality (tau %d)', (tau) => {
    expect(recommend(curves, { tau, fps: 4 }).sentence).not.toMatch(/accura|qualit|loss of meaning/i);
  });
});
