import { analyze } from '#dist/analyze/analyze.js';
import type { AnalyzeJob } from '#dist/analyze/analyze.js';
import type { AnalysisReport, Curve } from '#dist/analyze/analysis-report.js';
import { FramenestError } from '#dist/errors.js';
import { defaultLadder } from '#dist/scales/ladder.js';
import { fidelitySpending } from '#dist/scales/fidelity-spending.js';
import { DEFAULT_PRICE } from '#dist/pipeline/choosers.js';
import { TokenSelector } from '#dist/scales/token-selector.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { listenersOf } from '../support/listeners.ts';
import { distance, project } from '../support/naive-scales.ts';
import { PaintedSource } from '../support/painted-source.ts';
import { PatchMeanEncoder, patchMeans } from '../support/patch-mean-encoder.ts';
import { scenery, solid, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';
import { rejection } from '../support/rejection.ts';

const SIDE = 96;
const FRAMES = 40;
const CELLS = 576;
const LADDER = [1, 9, 36, 144, 576];
const signal = new AbortController().signal;

const ground = scenery(SIDE, 1);
const other = scenery(SIDE, 2);

/** A box that moves over a picture that never stops changing a little; another picture from frame 25 on. */
function paint(i: number): Picture {
  const box = { x: (i * 5) % 80, y: (i * 3) % 70, width: 18, height: 14 };
  return withBox(i < 25 ? ground : other, box, [(i * 40) % 256, 200, 30]);
}

function job(part: Partial<AnalyzeJob> = {}): AnalyzeJob {
  const source = new PaintedSource({ count: FRAMES, paint });
  return { source, encoder: new PatchMeanEncoder({ side: SIDE }), options: {}, signal, ...part };
}

const features = Array.from({ length: FRAMES }, (_, i) => patchMeans(paint(i), SIDE, 24));
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** What every channel is divided by: its standard deviation over the clip, so that a frame has 1 unit of energy in all. */
const deviations = [0, 1, 2].map((c) => {
  const values = features.flatMap((frame) => Array.from(frame).filter((_, i) => i % 3 === c));
  const centre = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - centre) ** 2)) * 3 * CELLS);
});
const scaled = features.map((frame) => Float64Array.from(frame, (v, i) => v / deviations[i % 3]!));

function curveOf(report: AnalysisReport, policy: Curve['policy'], ceiling: number): Curve {
  const found = report.curves.find((curve) => curve.policy === policy && curve.ceiling === ceiling);
  expect(found, `${policy} up to ${ceiling}`).toBeDefined();
  return found!;
}

describe('an analysis', () => {
  let report: AnalysisReport;
  beforeAll(async () => {
    ({ report } = await analyze(job()));
  });

  test('says of every frame what each scale leaves of it alone, as a projection cell by cell does', () => {
    expect(report.perFrame).toHaveLength(FRAMES);
    for (const [t, frame] of report.perFrame.entries()) {
      for (const [level, tokens] of LADDER.entries()) {
        const naive = distance(scaled[t]!, project(scaled[t]!, 24, Math.sqrt(tokens), 3));
        expect(frame.alone[level], `frame ${t}, ${tokens} tokens`).toBeCloseTo(naive, 4);
      }
    }
  });

  test('knows how much of the variance is change', () => {
    const naive = mean(
      scaled.map((frame) => frame.reduce((sum, v, i) => sum + (v - mean(scaled.map((each) => each[i]!))) ** 2, 0)),
    );
    expect(report.changeShare).toBeCloseTo(naive, 4);
    for (const { points } of report.curves) {
      for (const { nmse, distortion } of points) expect(nmse).toBeCloseTo(distortion / report.changeShare, 9);
    }
  });

  test('takes a frame as an update of what the receiver holds: the first is one of nothing, the others leave less', () => {
    const [first, ...later] = report.perFrame;
    first!.updating.forEach((left, level) => expect(left).toBeCloseTo(first!.alone[level]!, 5));
    expect(mean(later.map((frame) => frame.updating[0]!))).toBeLessThan(mean(later.map((frame) => frame.alone[0]!)));
    for (const { alone, updating } of report.perFrame) {
      for (let level = 1; level < LADDER.length; level++) {
        expect(alone[level]!).toBeLessThanOrEqual(alone[level - 1]!);
        expect(updating[level]!).toBeLessThanOrEqual(updating[level - 1]!);
      }
    }
  });

  test('gives the same scale to every frame what its frames leave on average, monotone over the ladder', () => {
    const { points } = curveOf(report, 'fixed', 576);
    expect(points.map((point) => point.tokensPerFrame)).toEqual([...LADDER].reverse());
    for (const { setting, distortion } of points) {
      const naive = mean(report.perFrame.map((frame) => frame.alone[LADDER.indexOf(setting)]!));
      expect(distortion).toBeCloseTo(naive, 5);
    }
    for (let i = 1; i < points.length; i++) {
      expect(points[i]!.distortion).toBeGreaterThanOrEqual(points[i - 1]!.distortion);
    }
  });

  test('gives every k-th frame what holding the last one leaves', () => {
    for (const { setting: k, tokensPerFrame, distortion } of curveOf(report, 'every-kth', 144).points) {
      const naive = scaled.map((frame, t) => distance(frame, project(scaled[t - (t % k)]!, 24, 12, 3)));
      expect(distortion, `k ${k}`).toBeCloseTo(mean(naive), 4);
      expect(tokensPerFrame).toBeCloseTo((144 * Math.ceil(FRAMES / k)) / FRAMES, 9);
    }
  });

  test('gives a tree what a selector of its own sends and what its receiver lacks', () => {
    const ladder = defaultLadder(24, 576);
    const still = report.perFrame.map((frame) => frame.still);
    expect(still).not.toContain(true);
    for (const { setting, tokensPerFrame, distortion } of curveOf(report, 'fidelity-tree', 576).points) {
      const selector = new TokenSelector(ladder, 3, 'tree', fidelitySpending(setting));
      let tokens = 0;
      const left = features.map((frame, t) => {
        const scene = t === 0 || report.perFrame[t]!.cut;
        const positions = selector.select(frame, { timeS: t / 25, scene });
        selector.received(positions, selector.tokensAt(positions));
        tokens += Math.max(1, positions.length);
        return distance(
          scaled[t]!,
          selector.grid.held.map((held, i) => held / deviations[i % 3]!),
        );
      });
      expect(tokensPerFrame, `price ${setting}`).toBe(tokens / FRAMES);
      expect(distortion).toBeCloseTo(mean(left), 4);
      if (setting !== DEFAULT_PRICE.features) continue;
      expect(mean(report.perFrame.map((frame) => frame.treeTokens))).toBeCloseTo(tokensPerFrame, 9);
      expect(mean(report.perFrame.map((frame) => frame.treeLeft))).toBeCloseTo(distortion, 5);
    }
  });

  test('sweeps every policy over six settings or more: fewer tokens and more distortion as the price rises', () => {
    const names = report.curves.map(({ policy, ceiling }) => `${policy} ${ceiling}`);
    expect(names).toEqual([
      'fixed 576',
      'every-kth 144',
      'change 144',
      'fidelity-uniform 144',
      'fidelity-tree 144',
      'fidelity-tree 576',
    ]);
    for (const { policy, points } of report.curves) {
      // The ladder has no more scales than five.
      expect(points.length, policy).toBeGreaterThanOrEqual(policy === 'fixed' ? 5 : 6);
      for (let i = 1; i < points.length; i++) {
        expect(points[i]!.tokensPerFrame, policy).toBeLessThanOrEqual(points[i - 1]!.tokensPerFrame);
      }
      expect(points.at(-1)!.distortion, policy).toBeGreaterThanOrEqual(points[0]!.distortion);
    }
  });

  test('marks the cut, and counts what it says of the frames', () => {
    expect(report.perFrame.map((frame) => frame.cut).indexOf(true)).toBe(25);
    expect(report).toMatchObject({ frames: FRAMES, cuts: 1, still: 0, ladder: LADDER, firstFramesOnly: false });
    expect(report.fps).toBeCloseTo(25, 6);
    const { alone } = report.histograms.find(({ tau }) => tau === 0.3)!;
    for (const tokens of LADDER) {
      expect(alone[String(tokens)]).toBe(report.perFrame.filter((frame) => frame.scaleAlone === tokens).length);
    }
  });

  test('holds the threshold, the change and the fidelity policy against the oracle, none of them above it', () => {
    expect(new Set(report.oracle.map(({ policy }) => policy))).toEqual(
      new Set(['threshold', 'change', 'fidelity-uniform']),
    );
    for (const { best, policyLeft, shuffledLeft, gap } of report.oracle) {
      expect(policyLeft).toBeGreaterThanOrEqual(best - 1e-9);
      expect(shuffledLeft).toBeGreaterThanOrEqual(best - 1e-9);
      expect(gap ?? 0).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  test('says the same again with the same seed', async () => {
    const { report: again } = await analyze(job());
    expect({ ...again, wallS: 0 }).toEqual({ ...report, wallS: 0 });
  });
});

describe('an analysis of a long clip', () => {
  test('ends at its bound on frames, says so, and stops the source', async () => {
    const source = new PaintedSource({ count: Infinity, paint });
    const encoder = new PatchMeanEncoder({ side: SIDE });
    const { report, film } = await analyze(job({ source, encoder, options: { frames: 30 } }));
    expect(report).toMatchObject({ frames: 30, firstFramesOnly: true });
    expect(film.frames.length).toBeLessThanOrEqual(24);
    expect(source.closed).toBe(source.opened);
    // Every frame is encoded once, and its pixels go back to the source.
    expect(encoder.runs).toBe(30);
    expect(source.recycled).toBe(30);
  });

  test('never has more than a few frames on their way, however slow the encoder is', async () => {
    const source = new PaintedSource({ count: 40, paint });
    const encoder = new PatchMeanEncoder({ side: SIDE, takesMs: () => 2 });
    let most = 0;
    const onProgress = (): void => void (most = Math.max(most, source.counts.decoded - source.recycled));
    await analyze(job({ source, encoder, onProgress }));
    expect(most).toBeLessThanOrEqual(5);
  });
});

describe('an analysis of little', () => {
  test('is one of a single frame, without a rate', async () => {
    const { report } = await analyze(job({ source: new PaintedSource({ count: 1, paint }) }));
    expect(report.frames).toBe(1);
    expect(report).not.toHaveProperty('fps');
    expect(report.changeShare).toBeCloseTo(0, 6);
    expect(report.recommendation).not.toHaveProperty('tokensPerHour');
  });

  test('finds nothing to lose in a single colour: one token is enough', async () => {
    const source = new PaintedSource({ count: 10, paint: () => solid(SIDE, [90, 90, 90]) });
    const { report } = await analyze(job({ source }));
    expect(report.still).toBe(9);
    expect(report.perFrame.every((frame) => frame.scaleAlone === 1 && frame.treeLeft === 0)).toBe(true);
    expect(report.recommendation).toMatchObject({ tokensPerFrame: 1, withinTau: true });
    expect(JSON.stringify(report)).not.toContain('null');
  });

  test('without a frame is INPUT_UNREADABLE', async () => {
    const empty = analyze(job({ source: new PaintedSource({ count: 0, paint }) }));
    expect(await rejection(empty)).toMatchObject({ code: 'INPUT_UNREADABLE' });
  });
});

describe('an analysis that cannot go on', () => {
  test('is ABORTED by its signal and leaves nothing on it', async () => {
    const abort = new AbortController();
    const source = new PaintedSource({ count: Infinity, paint });
    const onProgress = ({ frames }: { frames: number }): void => {
      if (frames === 7) abort.abort();
    };
    expect(await rejection(analyze(job({ source, signal: abort.signal, onProgress })))).toMatchObject({
      code: 'ABORTED',
    });
    expect(source.closed).toBe(source.opened);
    expect(listenersOf(abort.signal)).toBe(0);
  });

  test('throws what the encoder threw, and stops the source', async () => {
    const failure = new FramenestError('ENCODER_FAILED', { what: 'Too warm.', mend: 'Wait.' });
    const source = new PaintedSource({ count: Infinity, paint });
    const encoder = new PatchMeanEncoder({ side: SIDE, fails: (run) => (run >= 9 ? failure : undefined) });
    expect(await rejection(analyze(job({ source, encoder })))).toBe(failure);
    expect(source.closed).toBe(source.opened);
  });

  test('refuses its options before it reads a frame', async () => {
    const source = new PaintedSource({ count: 3, paint });
    expect(await rejection(analyze(job({ source, options: { tau: 2 } })))).toMatchObject({ code: 'OPTION_INVALID' });
    expect(source.opened).toBe(0);
  });
});
