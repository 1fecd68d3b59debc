import { spawnSync } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PERSISTENCE } from '#dist/scales/feature-residual.js';
import type { Persistence } from '#dist/scales/feature-residual.js';
import { describe, expect, test } from 'vitest';
import { clip } from '../../support/clips.ts';
import { PatchMeanEncoder } from '../../support/patch-mean-encoder.ts';
import { methodNamed, loadQualityBench } from '../../support/quality-bench.ts';
import type { Clip, Method, Point as RatePoint } from '../../support/quality-bench.ts';
import { temporaryFolder, tinyFolder } from '../../support/tiny-onnx.ts';
import { load } from './live-bench.ts';

type Half = 'A' | 'B';
type Point = Record<string, number>;
type SavingOf = (constants: Point | Persistence) => number;

interface Row {
  readonly constants: Point;
  readonly A: number;
  readonly B: number;
  readonly tuning: Record<Half, number>;
}

interface Tuned {
  readonly rows: Record<'shipped' | 'chosen on A' | 'chosen on B', Row>;
  readonly gain: Record<Half | 'both', { mean: number; low: number; high: number; clips: number }>;
  readonly byValue: Record<Half | 'shipped', Record<string, number[]>>;
  readonly clips: { name: string; half: Half; shipped: number; chosenOnA: number; chosenOnB: number }[];
}

const { PRICES, savingOn, startOf, tuneHalves } = await load<{
  PRICES: readonly number[];
  savingOn: (clip: Clip, prices: readonly number[]) => SavingOf;
  startOf: (clip: Clip, most: number) => Clip;
  tuneHalves: (
    clips: { name: string; half: Half; tuning: SavingOf; report: SavingOf }[],
    shipped: Point,
    options: { grid: Record<string, readonly number[]> },
  ) => Tuned;
}>('tuning');
const { heldOutSpread, loadClip, sumClips } = await load<{
  sumClips: (files: object[], encoder: object, sampling: object, onClip: () => void) => Promise<object[]>;
  heldOutSpread: (sums: object[], index: number) => object;
  loadClip: (file: object, encoder: object, sampling: object, spread: object, options: object) => Promise<Clip>;
}>('load-clip');
const { policies } = await load<{ policies: Method[] }>('policies');
const { saving } = await load<{ saving: (ours: RatePoint[], theirs: RatePoint[]) => number | null }>('saving');
const bench = await loadQualityBench();

/** A clip on which the figure is best, 10, at one value of each constant. */
const peaked = (name: string, half: Half, { x, y }: Point, bias = 0) => {
  const figure = (point: Point | Persistence): number => {
    const at = point as Point;
    return 10 - Math.abs(at['x']! - x!) - Math.abs(at['y']! - y!);
  };
  return { name, half, tuning: figure, report: (point: Point | Persistence): number => figure(point) + bias };
};

describe('tuning on halves', () => {
  const grid = { x: [0, 1, 2, 3], y: [0, 1, 2] };
  const shipped = { x: 1, y: 1 };
  const result = tuneHalves(
    [peaked('a', 'A', { x: 3, y: 2 }), peaked('b', 'B', { x: 0, y: 1 }, 100), peaked('c', 'B', { x: 0, y: 1 }, 200)],
    shipped,
    { grid },
  );

  test('chooses the best point of each half, and no other', () => {
    expect(result.rows['chosen on A'].constants).toEqual({ x: 3, y: 2 });
    expect(result.rows['chosen on B'].constants).toEqual({ x: 0, y: 1 });
    expect(result.rows.shipped.constants).toEqual(shipped);
  });

  test('says what each is worth on both, as it was tuned and as it is reported', () => {
    expect(result.rows['chosen on A']).toMatchObject({ A: 10, B: 156, tuning: { A: 10, B: 6 } });
    expect(result.rows['chosen on B']).toMatchObject({ A: 6, B: 160, tuning: { A: 6, B: 10 } });
    expect(result.rows.shipped).toMatchObject({ A: 7, B: 159, tuning: { A: 7, B: 9 } });
  });

  test('says what is gained over the shipped ones, only on clips that had no say', () => {
    expect(result.gain.A).toMatchObject({ mean: -3, clips: 2 });
    expect(result.gain.B).toMatchObject({ mean: -1, clips: 1 });
    expect(result.gain.both).toMatchObject({ clips: 3 });
    expect(result.gain.both.mean).toBeCloseTo(-7 / 3, 12);
    expect(result.clips[1]).toEqual({ name: 'b', half: 'B', shipped: 109, chosenOnA: 106, chosenOnB: 110 });
  });

  test('says what each constant does with the others as chosen', () => {
    expect(result.byValue.A).toEqual({ x: [7, 8, 9, 10], y: [8, 9, 10] });
    expect(result.byValue.B).toEqual({ x: [10, 9, 8, 7], y: [9, 10, 9] });
  });

  test('says what each does on A with the others as shipped', () => {
    expect(result.byValue.shipped).toEqual({ x: [6, 7, 8, 9], y: [6, 7, 8] });
  });
});

describe('what constants save on a clip', async () => {
  const encoder = new PatchMeanEncoder({ side: 96 });
  const file = { name: 'constant', class: 'all', path: await clip('constant') };
  const sampling = { fps: 12.5, most: 10 };
  const sums = await sumClips([file], encoder, sampling, () => undefined);
  const loaded = await loadClip(file, encoder, sampling, heldOutSpread(sums, 0), { small: false });
  const curve = (method: Method, knobs: readonly number[] = method.knobs): RatePoint[] =>
    knobs.map((knob) => bench.ratePoint(method.run(loaded, knob)));

  test('is what the bench says of the policy, with the constants that ship', () => {
    const ours = curve(methodNamed(policies, 'fidelity-576'), PRICES);
    const savings = ['every-kth-144', 'dtd'].map((name) => saving(ours, curve(methodNamed(bench.baselines, name)))!);
    expect(savingOn(loaded, PRICES)(PERSISTENCE)).toBeCloseTo((savings[0]! + savings[1]!) / 2, 9);
  });

  test('is another with other constants, and runs no encoder', () => {
    const { runs } = encoder;
    const savingOf = savingOn(loaded, PRICES);
    expect(savingOf({ ...PERSISTENCE, first: 0, slope: 0 })).not.toBeCloseTo(savingOf(PERSISTENCE), 1);
    expect(encoder.runs).toBe(runs);
  });

  test('looks at the first frames alone where it is told to', () => {
    const start = startOf(loaded, 4);
    expect(start.frames).toEqual(loaded.frames.slice(0, 4));
    expect(start.timesS).toEqual(loaded.timesS.slice(0, 4));
    expect(loaded.frames).toHaveLength(10);
  });
});

test('the command tunes on real clips and writes what it found', async () => {
  const videos = await temporaryFolder({});
  await copyFile(await clip('constant'), join(videos, 'one.mp4'));
  await copyFile(await clip('long'), join(videos, 'two.mp4'));
  const encoder = await tinyFolder({ side: 96, patch: 4, channels: 3 });
  const json = join(videos, 'found.json');
  const command = fileURLToPath(new URL('../../../bench/quality/tune.mjs', import.meta.url));
  const sampling = ['--fps', '12.5', '--max-frames', '5', '--tune-frames', '3'];
  const args = [command, '--videos', videos, '--encoder', encoder, ...sampling, '--json', json];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toContain('two.mp4: 5 frames');
  expect(status).toBe(0);
  expect(stdout).toContain('chosen on B');
  const found = JSON.parse(await readFile(json, 'utf8')) as Tuned & {
    halves: Record<string, Half>;
    grid: Record<string, number[]>;
    tried: Record<Half, { point: Point; figure: number }[]>;
  };
  expect(found.halves).toEqual({ 'one.mp4': 'A', 'two.mp4': 'B' });
  expect(found.rows.shipped.constants).toEqual(PERSISTENCE);
  expect(Object.keys(found.grid).sort()).toEqual(Object.keys(PERSISTENCE).sort());
  for (const half of ['A', 'B'] as const) {
    const best = Math.max(...found.tried[half].map(({ figure }) => figure));
    expect(found.rows[`chosen on ${half}`].tuning[half]).toBe(best);
  }
});

test('the command refuses a folder of one clip, which has no halves', async () => {
  const videos = await temporaryFolder({});
  await copyFile(await clip('constant'), join(videos, 'one.mp4'));
  const encoder = await tinyFolder({ side: 96, patch: 4, channels: 3 });
  const command = fileURLToPath(new URL('../../../bench/quality/tune.mjs', import.meta.url));
  const { status, stderr } = spawnSync(
    process.execPath,
    [command, '--videos', videos, '--encoder', encoder, '--max-frames', '3'],
    { encoding: 'utf8' },
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/Half B has no clip of two frames or more\. Give --videos a folder with more videos\./);
});
