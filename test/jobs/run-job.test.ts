import { spawnSync } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GridRebuilder } from '#dist/view/grid-rebuilder.js';
import { openSource } from '#dist/decode/open-source.js';
import { inspect } from '#dist/jobs/inspect.js';
import { readManifest } from '#dist/jobs/manifest.js';
import { runJob } from '#dist/jobs/run-job.js';
import type { RunJob, RunProgress } from '#dist/jobs/run-job.js';
import type { FrameSource } from '#dist/media/frame-source.js';
import type { Packet } from '#dist/media/packet.js';
import { decodeTarget } from '#dist/pipeline/decode-target.js';
import { decodePacket } from '#dist/wire/packet-codec.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clip, cutClip, writtenSeconds } from '../support/clips.ts';
import type { ClipName } from '../support/clips.ts';
import { listenersOf } from '../support/listeners.ts';
import { blockMeans, distance, norm } from '../support/naive-scales.ts';
import { PaintedSource } from '../support/painted-source.ts';
import { PatchMeanEncoder, patchMeans } from '../support/patch-mean-encoder.ts';
import { scenery, solid, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';

const SIDE = 96;
const signal = new AbortController().signal;

/** A job over a light encoder; the source is painted unless another is given. */
async function job(part: Partial<RunJob> = {}): Promise<RunJob> {
  const source = new PaintedSource({ count: 40, paint: (i) => solid(SIDE, [i * 6, 80, 90]) });
  const encoder = new PatchMeanEncoder({ side: SIDE });
  return { source, encoder, out: await temporaryFolder({}), fps: 'native', options: {}, signal, ...part };
}

async function opened(name: ClipName): Promise<FrameSource> {
  const source = await openSource(await clip(name), decodeTarget(new PatchMeanEncoder({ side: SIDE }).facts, 'native'));
  onTestFinished(() => source.close());
  return source;
}

async function partsOf(folder: string): Promise<Packet[]> {
  const { parts } = await readManifest(folder);
  return Promise.all(parts.map(async ({ file }) => decodePacket(await readFile(join(folder, file)))));
}

/** A box that runs over a scene, 40 frames of it. */
const scene = scenery(SIDE, 1);
const lively = (i: number): Picture =>
  withBox(scene, { x: (i * 7) % 80, y: (i * 3) % 80, width: 16, height: 16 }, [255, 255, 255]);
const painted = (): PaintedSource => new PaintedSource({ count: 40, paint: lively });

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

describe('a job', () => {
  test.each<ClipName>(['constant', 'variable', 'gap', 'transport'])(
    'over the clip "%s" puts every frame with its own time into parts that agree with manifest and report',
    async (name) => {
      const source = await opened(name);
      const wanted = await job({ source });
      const report = await runJob(wanted);
      const manifest = await readManifest(wanted.out);
      const frames = (await partsOf(wanted.out)).flatMap((packet) => packet.frames);
      const written = writtenSeconds(name);
      const { num, den } = source.facts.timebase;
      const start = written[0]!;
      const times = frames.map(({ pts }) => (Number(pts - frames[0]!.pts) * num) / den);
      for (const [i, time] of times.entries()) expect(time).toBeCloseTo(written[i]! - start, 3);
      expect(frames).toHaveLength(written.length);
      const tokens = sum(frames.map((frame) => frame.tokens));
      for (const counted of [report, manifest]) expect(counted).toMatchObject({ frames: written.length, tokens });
      expect(sum(manifest.parts.map((part) => part.frames))).toBe(written.length);
      expect(sum(manifest.parts.map((part) => part.tokens))).toBe(tokens);
      expect(manifest).toMatchObject({ complete: true, decoder: 'libav', encoder: 'patch-mean', fps: 'native' });
      expect(report).toMatchObject({ framesDecoded: written.length, out: wanted.out, device: 'cpu' });
      expect(sum(Object.values(report.scales))).toBe(written.length);
      const byScale = Object.entries(report.scales).map(([scale, count]) => Number(scale) * count);
      expect(sum(byScale)).toBe(tokens);
      expect(report.tokensPerFrame).toBe(tokens / written.length);
      expect(report.held).toBe(frames.filter(({ kind }) => kind === 'hold').length);
      expect(report.encoderRuns).toBe(written.length - report.held);
      expect((await readdir(wanted.out)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
      expect((await inspect(wanted.out)).flatMap(({ problems }) => problems)).toEqual([]);
    },
  );

  test('reports its progress after every frame, with a time that never goes back', async () => {
    const seen: [number, number][] = [];
    const onProgress = ({ timeS, counts }: RunProgress): void => void seen.push([timeS, counts.frames]);
    await runJob(await job({ onProgress }));
    expect(seen).toHaveLength(40);
    expect(seen.map(([timeS]) => timeS)).toEqual(Array.from({ length: 40 }, (_, i) => (i * 3600) / 90_000));
    expect(seen.at(-1)).toEqual([39 / 25, 40]);
  });

  test('takes the length of the video from its frames where the container does not say it', async () => {
    expect((await runJob(await job())).durationS).toBe(39 / 25);
    const source = await opened('constant');
    expect((await runJob(await job({ source }))).durationS).toBeCloseTo(60 / 25, 1);
  });

  test('without a frame is done, and reports nought', async () => {
    const source = new PaintedSource({ count: 0, paint: () => solid(SIDE, [0, 0, 0]) });
    const wanted = await job({ source });
    expect(await runJob(wanted)).toMatchObject({ frames: 0, tokens: 0, tokensPerFrame: 0, scales: {}, durationS: 0 });
    expect(await readManifest(wanted.out)).toMatchObject({ complete: true, parts: [] });
  });

  test('checks its options before it touches the folder', async () => {
    const wanted = await job({ options: { policy: 'best' } });
    expect((await rejection(runJob(wanted))).code).toBe('OPTION_INVALID');
    const ladder = await job({ options: { ladder: [1, 5] } });
    expect((await rejection(runJob(ladder))).code).toBe('LADDER_INVALID');
    const scale = await job({ options: { policy: 'fixed:7' } });
    expect((await rejection(runJob(scale))).code).toMatch(/INVALID$/);
    const slow = await job({ options: { policy: 'rate', tokensPerSecond: 5 }, fps: 10 });
    expect((await rejection(runJob(slow))).code).toBe('OPTION_INVALID');
    const unread = await job({ options: { policy: 'budget', budget: 500 } });
    expect((await rejection(runJob(unread))).code).toBe('OPTION_INVALID');
    const poor = await job({ options: { policy: 'budget', budget: 39 }, reopen: () => Promise.resolve(painted()) });
    expect((await rejection(runJob(poor))).what).toContain('39 tokens is less than the 40 frames');
    for (const { out } of [wanted, ladder, scale, slow, unread, poor]) expect(await readdir(out)).toEqual([]);
  });

  test('with a budget reads its input once before, then keeps to it and says how it was made', async () => {
    const surveyed: number[] = [];
    const read = painted();
    const wanted = await job({
      source: painted(),
      options: { policy: 'budget', budget: 200 },
      reopen: () => Promise.resolve(read),
      onSurvey: (timeS) => {
        expect(read.opened).toBe(1);
        surveyed.push(timeS);
      },
      onProgress: () => {
        expect(read.closed).toBe(1);
      },
    });
    const { tokens, frames } = await runJob(wanted);
    expect(frames).toBe(40);
    expect(surveyed).toEqual(Array.from({ length: 40 }, (_, i) => (i * 3600) / 90_000));
    expect(tokens).toBeLessThanOrEqual(200);
    expect(tokens).toBeGreaterThanOrEqual(0.99 * 200);
    expect(await readManifest(wanted.out)).toMatchObject({ policy: 'budget', layout: 'tree', tokens, complete: true });
  });

  test('on features writes parts from which a client rebuilds the grid of every frame', async () => {
    for (const layout of ['tree', 'uniform'] as const) {
      const options = { policy: 'fidelity', layout, dtype: 'F32', gate: 0, tau: 0.02 } as const;
      const wanted = await job({ source: painted(), options });
      await runJob(wanted);
      const { ladder, gridSide, channels, ...manifest } = await readManifest(wanted.out);
      expect(manifest.layout).toBe(layout);
      const rebuilder = new GridRebuilder({ ladder, gridSide, channels });
      const grids = (await partsOf(wanted.out)).flatMap((packet) =>
        Array.from(rebuilder.receive(packet), ({ grid }) => grid.slice()),
      );
      expect(grids).toHaveLength(40);
      for (const [i, grid] of grids.entries()) {
        const features = blockMeans(patchMeans(lively(i), SIDE, 24), 24, 12, 3);
        const spread = norm(features.map((value) => value - 120));
        expect(distance(grid, features)).toBeLessThan(0.05 * spread);
      }
    }
  });
});

describe('a folder in which a job writes', () => {
  test('is refused to every other one, which disturbs nothing, and free afterwards', async () => {
    const gate = new AbortController();
    let second: Promise<{ readonly code: string; readonly what: string }> | undefined;
    const endless = new PaintedSource({ count: Infinity, paint: (i) => solid(SIDE, [i % 256, 0, 0]) });
    const first = await job({ source: endless, signal: gate.signal });
    const other = new PaintedSource({ count: 5, paint: () => solid(SIDE, [9, 9, 9]) });
    const refused = await job({ source: other, out: first.out });
    const onProgress = ({ counts }: RunProgress): void => {
      if (counts.frames === 10) second = rejection(runJob(refused));
      if (counts.frames >= 40) gate.abort();
    };
    await rejection(runJob({ ...first, onProgress }));
    const error = await second!;
    expect(error.code).toBe('OUTPUT_IN_USE');
    expect(error.what).toContain(String(process.pid));
    expect(other.opened).toBe(0);
    const { frames, error: why } = await readManifest(first.out);
    expect(why?.code).toBe('ABORTED');
    expect(sum((await partsOf(first.out)).map((packet) => packet.frames.length))).toBe(frames);

    await runJob(refused);
    expect(await readManifest(first.out)).toMatchObject({ complete: true, frames: 5 });
    expect((await readdir(first.out)).sort()).toEqual(['manifest.json', 'part-00000.safetensors']);
  });
});

describe('a job that is stopped', () => {
  test('rejects with ABORTED and keeps what was finished', async () => {
    const abort = new AbortController();
    const source = new PaintedSource({ count: Infinity, paint: (i) => solid(SIDE, [i % 256, 0, 0]) });
    const onProgress = ({ counts }: RunProgress): void => {
      if (counts.frames >= 30) abort.abort();
    };
    const wanted = await job({ source, signal: abort.signal, onProgress });
    expect((await rejection(runJob(wanted))).code).toBe('ABORTED');
    const manifest = await readManifest(wanted.out);
    expect(manifest).toMatchObject({ complete: false, error: { code: 'ABORTED' } });
    const frames = (await partsOf(wanted.out)).flatMap((packet) => packet.frames);
    expect(frames.map(({ pts }) => Number(pts) / 3600)).toEqual(Array.from(frames, (_, i) => i));
    expect(frames.length).toBeGreaterThan(0);
    expect((await readdir(wanted.out)).sort()).toEqual(['manifest.json', 'part-00000.safetensors']);
    expect(source.closed).toBe(source.opened);
  });

  test('before it began opens nothing', async () => {
    const wanted = await job({ signal: AbortSignal.abort() });
    expect((await rejection(runJob(wanted))).code).toBe('ABORTED');
    expect((await readManifest(wanted.out)).complete).toBe(false);
  });

  test('or done leaves nothing on its signal', async () => {
    const abort = new AbortController();
    await runJob(await job({ signal: abort.signal }));
    expect(listenersOf(abort.signal)).toBe(0);
  });
});

describe('a job that fails', () => {
  test('says so in the manifest beside what was finished', async () => {
    const fails = (run: number): Error | undefined => (run === 20 ? new Error('too warm') : undefined);
    const encoder = new PatchMeanEncoder({ side: SIDE, fails });
    const wanted = await job({ encoder, options: { policy: 'fixed:9' } });
    const error = await rejection(runJob(wanted));
    expect(error.what).toContain('too warm');
    const manifest = await readManifest(wanted.out);
    expect(manifest).toMatchObject({ complete: false, error: { code: error.code, message: error.what } });
    expect(sum((await partsOf(wanted.out)).map(({ frames }) => frames.length))).toBe(manifest.frames);
  });

  test('throws what came first where the folder is gone as well', async () => {
    const source = new PaintedSource({
      count: 30,
      paint: () => solid(SIDE, [9, 9, 9]),
      failure: new Error('no light'),
    });
    const wanted = await job({ source });
    const onProgress = ({ counts }: RunProgress): void => {
      if (counts.frames === 1) spawnSync('rm', ['-r', wanted.out]);
    };
    expect((await rejection(runJob({ ...wanted, onProgress }))).what).toContain('no light');
  });
});

test('a job over a file that is cut off keeps every frame that could be decoded, and says so', async () => {
  const { facts } = new PatchMeanEncoder({ side: SIDE });
  const source = await openSource(await cutClip('gap', 0.7), decodeTarget(facts, 'native'));
  const wanted = await job({ source });
  const error = await rejection(runJob(wanted));
  expect(error).toMatchObject({ code: 'DECODE_DAMAGED' });
  const { complete, frames } = await readManifest(wanted.out);
  expect(complete).toBe(false);
  expect(frames).toBe(source.counts.decoded);
  expect(frames).toBeGreaterThan(2);
});
