import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scenery, solid } from '../../support/picture.ts';
import type { Picture } from '../../support/picture.ts';
import { cellMeans, everyFrame, load, loadLiveBench } from './live-bench.ts';
import type { Encode, Facts, Method } from './live-bench.ts';

type Nuisance = (picture: Picture, side: number, frames: number, seed: number) => Picture[];

interface Report {
  readonly name: string;
  readonly tokens: number;
  readonly runs: number;
}

interface Runs {
  readonly tokens: Float64Array;
  readonly ran: Uint8Array;
}

const { flicker, jitter, lightDrift, sensorNoise } =
  await load<Record<'flicker' | 'jitter' | 'lightDrift' | 'sensorNoise', (amount: number) => Nuisance>>(
    'nuisance-clips',
  );
const { nuisanceReports } = await load<{
  nuisanceReports: (run: {
    picture: Picture;
    fps: number;
    facts: Facts;
    encode: Encode;
    methods: Record<string, Method>;
    nuisances: { name: string; at: () => Nuisance }[];
  }) => Promise<Record<string, Report[]>>;
}>('nuisance');
const { compareRuns } = await load<{
  compareRuns: (ours: Runs, all: Runs) => Record<'skipped' | 'missed' | 'falseRuns' | 'tokens', number | undefined>;
}>('gate');
const { crossFade, lagOf } = await load<{
  crossFade: (from: Picture, to: Picture, of: { fps: number; fadeS?: number }) => Picture[];
  lagOf: (run: {
    frames: Picture[];
    fps: number;
    facts: Facts;
    encode: Encode;
    method: Method;
  }) => Promise<{ most: number; last: number }>;
}>('slow-changes');
const bench = await loadLiveBench();
const { belowCosine, droppingStream, gated } = bench;

const SIDE = 96;
const facts: Facts = { inputSide: SIDE, gridSide: 24, channels: 3 };
const picture = scenery(SIDE, 3);
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((all, value) => all + value, 0);

const encode = cellMeans(facts);

describe('a nuisance', () => {
  test.each([2, 6])('of sensor noise has the standard deviation that it is asked for: %i', (sigma) => {
    const grey = solid(SIDE, [128, 128, 128]);
    for (const frame of sensorNoise(sigma)(grey, SIDE, 3, 1)) {
      const mean = sum(frame) / frame.length;
      const deviation = Math.sqrt(variance(frame, mean));
      expect(Math.abs(mean - 128)).toBeLessThan(0.2);
      expect(Math.abs(deviation / sigma - 1)).toBeLessThan(0.05);
    }
  });

  test('of flicker keeps to its share of the light, above and below', () => {
    const gains = flicker(0.03)(solid(SIDE, [150, 150, 150]), SIDE, 60, 1).map(
      (frame) => sum(frame) / frame.length / 150,
    );
    expect(Math.max(...gains)).toBeLessThan(1.035);
    expect(Math.min(...gains)).toBeGreaterThan(0.965);
    expect(Math.max(...gains) - Math.min(...gains)).toBeGreaterThan(0.04);
  });

  test('of drifting light gets brighter all the time, by its share in the end', () => {
    const light = lightDrift(0.1)(solid(SIDE, [100, 100, 100]), SIDE, 50, 1).map((frame) => sum(frame) / frame.length);
    for (let t = 10; t < light.length; t++) expect(light[t]).toBeGreaterThan(light[t - 10]!);
    expect(light.at(-1)).toBeGreaterThan(109);
  });

  test('of a shake shows the picture shifted by a pixel at most', () => {
    const at = (frame: Picture, x: number, y: number): number => frame[(y * SIDE + x) * 3]!;
    const shifts = jitter(1)(picture, SIDE, 40, 1).map((frame) => {
      const fits = (dx: number, dy: number): boolean => {
        for (let y = 1; y < SIDE - 1; y++) {
          for (let x = 1; x < SIDE - 1; x++) if (at(frame, x, y) !== at(picture, x - dx, y - dy)) return false;
        }
        return true;
      };
      return [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => [dx, dy] as const)).find((shift) => fits(...shift));
    });
    expect(shifts).not.toContain(undefined);
    expect(new Set(shifts.map(String)).size).toBeGreaterThan(5);
  });

  test('is the same again for the same seed', () => {
    for (const nuisance of [sensorNoise(3), flicker(0.03), lightDrift(0.1), jitter(1)]) {
      expect(nuisance(picture, SIDE, 3, 9)).toEqual(nuisance(picture, SIDE, 3, 9));
    }
  });
});

describe('the report of a nuisance', () => {
  const nothing: Nuisance = (still, _side, frames) => new Array<Picture>(frames).fill(still);
  const run = { picture, fps: 2, facts, encode, nuisances: [{ name: 'nothing', at: () => nothing }] };

  test('counts each token above one a frame, and each run, by the minute', async () => {
    const never = bench.wholeFrameStream({ side: 3, rule: () => () => false });
    const reports = await nuisanceReports({ ...run, methods: { all: everyFrame(bench, 3), never } });
    expect(reports['all']![0]!.tokens).toBeCloseTo(8 * 2 * 60, 6);
    expect(reports['all']![0]!.runs).toBeCloseTo(2 * 60, 6);
    expect(reports['never']).toMatchObject([{ tokens: 0, runs: 0 }]);
  });

  test('sets no frame that costs nothing off against one that costs much', async () => {
    const half = bench.wholeFrameStream({ side: 3, rule: bench.everyNth(2) });
    const { half: reports } = await nuisanceReports({ ...run, methods: { half } });
    expect(reports![0]!.tokens).toBeCloseTo(8 * 60, 6);
  });

  test('has neither for our method where nothing happens, and not for noise either', async () => {
    const noise = { name: 'noise', at: () => sensorNoise(2) };
    const nuisances = [...run.nuisances, noise];
    const { ours } = await nuisanceReports({ ...run, methods: { ours: gated() }, nuisances });
    for (const report of ours!) expect(report).toMatchObject({ tokens: 0, runs: 0 });
    expect(ours).toHaveLength(2);
  });
});

describe('the comparison with the selector that sees every frame', () => {
  test('counts misses among the frames worth a token, and false runs among the runs', () => {
    const ours = { tokens: Float64Array.of(144, 1, 1, 3, 1), ran: Uint8Array.of(1, 0, 1, 1, 0) };
    const all = { tokens: Float64Array.of(144, 1, 1, 4, 9), ran: Uint8Array.of(1, 1, 1, 1, 1) };
    const { skipped, missed, falseRuns, tokens } = compareRuns(ours, all);
    expect([skipped, missed, falseRuns, tokens]).toEqual([0.4, 1 / 3, 1 / 3, 30]);
  });

  test('finds nothing to miss in a run compared with itself', () => {
    const tokens = fc.array(fc.integer({ min: 1, max: 144 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(tokens, (counts) => {
        const run = { tokens: Float64Array.from(counts), ran: new Uint8Array(counts.length).fill(1) };
        const worth = counts.filter((count) => count > 1).length;
        const { missed, falseRuns } = compareRuns(run, run);
        expect(missed).toBe(worth > 0 ? 0 : undefined);
        expect(falseRuns).toBeCloseTo(1 - worth / counts.length, 10);
      }),
    );
  });
});

describe('the lag behind a slow change', () => {
  const frames = crossFade(picture, scenery(SIDE, 4), { fps: 1 });
  const lag = (method: Method): ReturnType<typeof lagOf> => lagOf({ frames, fps: 1, facts, encode, method });

  test('is none for all that can be said, said at once', async () => {
    const { most, last } = await lag(everyFrame(bench, 12));
    expect(Math.max(most, last)).toBeLessThan(1e-6);
  });

  test('is all of it for a rule that drops everything after the first frame', async () => {
    const { most, last } = await lag(droppingStream({ rule: belowCosine(-2) }));
    expect(last).toBeCloseTo(1, 3);
    expect(most).toBeGreaterThanOrEqual(last);
  });

  test('stays under a half for ours, gated or not, on a fade that moves no frame far from the one before', async () => {
    for (const isGated of [true, false]) {
      const { most } = await lag(gated({ gated: isGated, price: 1 }));
      expect(most).toBeLessThan(0.5);
    }
  });
});

function variance(values: Picture, mean: number): number {
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return squares / values.length;
}
