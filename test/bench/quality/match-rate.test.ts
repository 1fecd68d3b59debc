import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noisy, scenery, withBox } from '../../support/picture.ts';
import { Random } from '../../support/random.ts';
import { cellMeans, load, loadLiveBench } from './live-bench.ts';
import type { Encode, Facts, Method, Pictures } from './live-bench.ts';

interface Range {
  readonly from: number;
  readonly to: number;
  readonly steps?: 'whole' | 'geometric';
}

interface Family extends Range {
  readonly setting: (knob: number) => object;
  readonly stream: (knob: number) => Method;
}

interface Matched {
  readonly setting: object;
  readonly tokensPerFrame: number;
  readonly method: Method;
}

interface Context {
  readonly pictures: Pictures;
  readonly facts: Facts;
  readonly encode: Encode;
}

const { matchRate, nearestAbove, tokensPerFrame } = await load<{
  matchRate: (families: Family[], target: number, run: Context) => Promise<Matched>;
  nearestAbove: (
    rateOf: (knob: number) => Promise<number>,
    range: Range,
    target: number,
  ) => Promise<{ knob: number; rate: number }>;
  tokensPerFrame: (run: { tokens: Float64Array }) => number;
}>('match-rate');
const { liveMethods } = await load<{
  liveMethods: (
    context: Context & { spread: { mean: Float32Array; deviation: Float32Array } },
  ) => Record<string, Family[]>;
}>('streams/live-methods');
const { summariseEvents } = await load<{
  summariseEvents: (
    clips: Record<string, object>[],
  ) => Record<string, { tokensPerFrame: number; aimed: { events: number; recall: number } }>;
}>('summary');
const { encodeOnce, everyNth, runStream, wholeFrameStream } = await loadLiveBench();

describe('the setting nearest above a rate', () => {
  test('of whole numbers is the least rate that is not below it, but for a percent', async () => {
    const rates = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(rates, fc.double({ min: 0, max: 1, noNaN: true }), async (values, share) => {
        const falling = values.sort((a, b) => b - a);
        const target = share * falling[0]!;
        const range = { from: 0, to: falling.length, steps: 'whole' } as const;
        const { knob, rate } = await nearestAbove((i) => Promise.resolve(falling[i]!), range, target);
        expect(rate).toBe(falling[knob]);
        expect(rate).toBeGreaterThanOrEqual(target);
        const least = falling.filter((other) => other >= target).at(-1)!;
        expect(rate).toBeLessThanOrEqual(Math.max(least, 1.01 * target));
      }),
    );
  });

  test.each([
    { from: 1, to: 0 },
    { from: 0.001, to: 1000, steps: 'geometric' as const },
  ])('of a continuous knob is within a percent, whichever way the knob turns', async (range) => {
    const span = Math.log(range.to + 1) - Math.log(range.from + 1);
    const rateOf = (knob: number): Promise<number> =>
      Promise.resolve(100 * (1 - (Math.log(knob + 1) - Math.log(range.from + 1)) / span));
    for (const target of [5, 20, 50, 90, 99.5]) {
      const { knob, rate } = await nearestAbove(rateOf, range, target);
      expect(rate).toBe(await rateOf(knob));
      expect(rate).toBeGreaterThanOrEqual(target);
      expect(rate).toBeLessThan(1.02 * target);
    }
  });

  test('is the most that it can where that is below', async () => {
    const rateOf = (knob: number): Promise<number> => Promise.resolve(10 / knob);
    expect(await nearestAbove(rateOf, { from: 1, to: 50, steps: 'whole' }, 11)).toEqual({ knob: 1, rate: 10 });
  });
});

describe('methods at an equal rate', () => {
  const facts: Facts = { inputSide: 96, gridSide: 24, channels: 3 };
  const encode = encodeOnce(cellMeans(facts));
  const random = new Random(3);
  const still = scenery(96, 5);
  const frames = Array.from({ length: 24 }, (_, t) =>
    noisy(withBox(still, { x: 3 * t, y: 20, width: 30, height: 40 }, [t * 9, 40, 200]), 2, random),
  );
  const run: Context = { pictures: { name: 'box', fps: 4, frames }, facts, encode };

  test('are taken of the first family that reaches it, or of the one that sends most', async () => {
    const family = (side: number): Family => ({
      from: 1,
      to: frames.length + 1,
      steps: 'whole',
      setting: (every) => ({ side, every }),
      stream: (every) => wholeFrameStream({ side, rule: everyNth(every) }),
    });
    const families = [family(3), family(6), family(2)];
    expect(await matchRate(families, 12, run)).toMatchObject({ setting: { side: 6, every: 3 }, tokensPerFrame: 12 });
    expect(await matchRate(families, 5, run)).toMatchObject({ setting: { side: 3 } });
    expect(await matchRate(families, 50, run)).toMatchObject({ setting: { side: 6, every: 1 }, tokensPerFrame: 36 });
  });

  test('send as much as they are matched with or more, and do so again', async () => {
    const spread = { mean: await encode(still), deviation: new Float32Array(3).fill(40) };
    const target = 9.5;
    const rates: Record<string, number> = {};
    for (const [name, families] of Object.entries(liveMethods({ ...run, spread }))) {
      const { method, tokensPerFrame: rate } = await matchRate(families, target, run);
      expect([name, tokensPerFrame(await runStream(method(facts), run.pictures, encode))]).toEqual([name, rate]);
      expect([name, rate >= target]).toEqual([name, true]);
      rates[name] = rate;
    }
    for (const name of ['dtd', 'evs-causal', 'dtd-otsu', 'fidelity-576']) {
      expect([name, rates[name]! < 1.1 * target]).toEqual([name, true]);
    }
    expect(rates).toMatchObject({ fixed: 36, 'every-kth-144': 12, 'cls-3x3': 10 });
  });
});

describe('the events of all clips', () => {
  test('count together, each once, and tokens a frame as a mean over clips', () => {
    const clip = (tokens: number, one: (number | null)[], four: (number | null)[]): object => ({
      tokensPerFrame: tokens,
      tokensPerFrameWithEvents: tokens,
      sides: { 1: { latencies: one }, 4: { latencies: four } },
    });
    const clips = [{ ours: clip(10, [null], [0, 0.5, null]) }, { ours: clip(20, [], [1]) }];
    const { ours } = summariseEvents(clips);
    expect(ours).toMatchObject({ tokensPerFrame: 15, aimed: { events: 4, recall: 0.75 } });
    expect(ours).toMatchObject({ sides: { 1: { events: 1, recall: 0 }, 4: { events: 4, recall: 0.75 } } });
  });
});
