import { spawnSync } from 'node:child_process';
import type { Worker } from 'node:worker_threads';
import { newWorker, startWorker } from '#dist/encode/encoder-thread.js';
import type { StartThread } from '#dist/encode/encoder-thread.js';
import { OnnxEncoder } from '#dist/encode/onnx-encoder.js';
import { openEncoder } from '#dist/encode/open-encoder.js';
import { resolveEncoder } from '#dist/encode/resolve-encoder.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectedGrid, tinyFolder, tinyFrame } from '../support/tiny-onnx.ts';
import type { TinyModel } from '../support/tiny-onnx.ts';

const plain: TinyModel = { side: 12, patch: 4, channels: 5 };

async function open(model: TinyModel, options = {}, changes = {}): Promise<OnnxEncoder> {
  const run = { device: 'cpu', threads: 1, ...options } as const;
  const encoder = await OnnxEncoder.start(await resolveEncoder(await tinyFolder(model, changes)), run);
  onTestFinished(() => encoder.dispose());
  return encoder;
}

function expectClose(found: Float32Array, expected: readonly number[], tolerance = 1e-3): void {
  expect(found.length).toBe(expected.length);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[i] ?? NaN))), 0);
  expect(worst).toBeLessThan(tolerance);
}

describe('the patch grid', () => {
  test.each<[string, TinyModel]>([
    ['a channels-first output', plain],
    ['a tokens output', { ...plain, outputLayout: 'tokens' }],
    ['a tokens output with a class token', { ...plain, outputLayout: 'tokens', prefixTokens: 1 }],
    ['a tokens output with a class token and registers', { ...plain, outputLayout: 'tokens', prefixTokens: 5 }],
    ['an NHWC input', { ...plain, layout: 'NHWC' }],
    ['a uint8 input', { ...plain, dtype: 'uint8' }],
    ['a uint8 NHWC input', { ...plain, dtype: 'uint8', layout: 'NHWC' }],
    ['more channels than one tile of the transposition', { side: 40, patch: 2, channels: 37 }],
    ['a fixed batch axis', { ...plain, batch: 1 }],
    ['a grid of one cell', { side: 4, patch: 4, channels: 3 }],
    ['free height and width', { ...plain, freeSize: true }],
  ])('holds the values computed by hand for %s', async (_, model) => {
    const encoder = await open(model);
    const frame = tinyFrame(model, 3);
    const expected = expectedGrid(model, frame);
    const grid = await encoder.encode(frame);
    expect(grid).toMatchObject({ side: model.side / model.patch, channels: model.channels });
    expectClose(grid.data, expected);
  });

  test.each<[string, TinyModel]>([
    ['input', { ...plain, dtype: 'float16' }],
    ['output', { ...plain, halfOutput: true }],
  ])('holds the values to half precision for a float16 %s', async (_, model) => {
    const encoder = await open(model);
    const frame = tinyFrame(model);
    const expected = expectedGrid(model, frame);
    const { data } = await encoder.encode(frame);
    // Half precision keeps 11 bits: one part in 2048 of the largest value, 5 × 16.
    expectClose(data, expected, 80 / 2048);
  });

  test('follows rescale, mean and std of the card', async () => {
    const mean = [0.1, 0.2, 0.3];
    const std = [0.5, 0.25, 2];
    const encoder = await open(plain, {}, { rescale: 1 / 100, mean, std });
    const { data } = await encoder.encode(new Uint8Array(12 * 12 * 3).fill(50));
    const value = (c: number): number => (c + 1) * 16 * ((0.5 - (mean[c % 3] ?? 0)) / (std[c % 3] ?? 1));
    expectClose(data.slice(0, 5), [0, 1, 2, 3, 4].map(value));
  });

  test('belongs to the caller alone: it fills its own buffer', async () => {
    const encoder = await open(plain, { maxBatch: 4 });
    const grids = await Promise.all([1, 2, 3].map((seed) => encoder.encode(tinyFrame(plain, seed))));
    expect(new Set(grids.map((grid) => grid.data.buffer)).size).toBe(3);
    for (const grid of grids) expect(grid.data.byteLength).toBe(grid.data.buffer.byteLength);
  });
});

describe('calls', () => {
  test('borrow the frame: its buffer can be written anew as soon as its features are there', async () => {
    const encoder = await open(plain);
    const frame = tinyFrame(plain, 1);
    expectClose((await encoder.encode(frame)).data, expectedGrid(plain, tinyFrame(plain, 1)));
    expect(frame).toEqual(tinyFrame(plain, 1));
    frame.set(tinyFrame(plain, 2));
    expectClose((await encoder.encode(frame)).data, expectedGrid(plain, tinyFrame(plain, 2)));
  });

  test('of many callers each get the features of their own frame, in fewer runs than calls', async () => {
    const encoder = await open(plain, { maxBatch: 4 });
    const frames = Array.from({ length: 50 }, (_, seed) => tinyFrame(plain, seed));
    const expected = frames.map((frame) => expectedGrid(plain, frame));
    const grids = await Promise.all(frames.map((frame) => encoder.encode(frame)));
    grids.forEach((grid, index) => expectClose(grid.data, expected[index] ?? []));
    expect(encoder.counters.frames).toBe(50);
    expect(encoder.counters.batches).toBe(13);
  });

  test('run one by one where the model fixes its batch axis', async () => {
    const encoder = await open({ ...plain, batch: 1 }, { maxBatch: 4 }, { inputShape: ['batch', 3, 12, 12] });
    await Promise.all([1, 2, 3].map((seed) => encoder.encode(tinyFrame(plain, seed))));
    expect(encoder.counters.batches).toBe(3);
  });

  test('fail alone when the model fails on one frame of a batch', async () => {
    const model = { ...plain, failAbove: 1 };
    const encoder = await open(model, { maxBatch: 3 }, { rescale: 1 });
    const dark = (): Uint8Array<ArrayBuffer> => new Uint8Array(12 * 12 * 3).fill(1);
    const bright = new Uint8Array(12 * 12 * 3).fill(200);
    const results = await Promise.allSettled([encoder.encode(dark()), encoder.encode(bright), encoder.encode(dark())]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'ENCODER_FAILED', retryable: true } });
    await expect(encoder.encode(dark())).resolves.toMatchObject({ side: 3 });
  });

  test('are refused where too many wait, and served again afterwards', async () => {
    const encoder = await open(plain, { maxBatch: 1, maxWaiting: 2 });
    const calls = [1, 2, 3, 4].map((seed) => encoder.encode(tinyFrame(plain, seed)));
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(results[3]).toMatchObject({ reason: { code: 'ENCODER_FAILED' } });
    expect(encoder.counters.refused).toBe(2);
    await expect(encoder.encode(tinyFrame(plain))).resolves.toBeDefined();
  });

  test('with a frame of another size are refused and keep their buffer', async () => {
    const encoder = await open(plain);
    const frame = new Uint8Array(11 * 12 * 3);
    await expect(encoder.encode(frame)).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
    await expect(encoder.encode(frame)).rejects.toThrow(/432 bytes.*396 bytes/s);
    expect(frame.length).toBe(396);
  });
});

describe('a card that does not fit its model is ENCODER_MISMATCH and names both sides', () => {
  const tokens: TinyModel = { ...plain, outputLayout: 'tokens' };
  test.each<[string, TinyModel, Record<string, unknown>, RegExp]>([
    ['the input name', plain, { inputName: 'pixels' }, /input named "pixels".*image float32 \[batch, 3, 12, 12\]/],
    ['the output name', plain, { outputName: 'patches' }, /output named "patches".*grid float32/],
    ['the input side', plain, { inputShape: ['batch', 3, 16, 16] }, /\[batch, 3, 16, 16\].*\[batch, 3, 12, 12\]/],
    ['the dtype', plain, { dtype: 'float16' }, /"float16".*image float32/],
    ['the layout of the input', plain, { layout: 'NHWC', inputShape: [1, 12, 12, 3] }, /\[1, 12, 12, 3\].*3, 12, 12\]/],
    ['the channels', plain, { channels: 6 }, /\[batch, 6, 3, 3\].*\[batch, 5, 3, 3\]/],
    ['the grid', plain, { gridSide: 4 }, /\[batch, 5, 4, 4\].*\[batch, 5, 3, 3\]/],
    ['the layout of the output', plain, { outputLayout: 'tokens' }, /\[batch, 9, 5\].*\[batch, 5, 3, 3\]/],
    ['the prefix tokens', tokens, { prefixTokens: 1 }, /\[batch, 10, 5\].*\[batch, 9, 5\]/],
    ['what a free size gives', { ...plain, freeSize: true }, { gridSide: 4 }, /\[1, 5, 4, 4\].*\[1, 5, 3, 3\]/],
  ])('for %s', async (_, model, changes, words) => {
    const opening = open(model, {}, changes);
    await expect(opening).rejects.toMatchObject({ code: 'ENCODER_MISMATCH', retryable: false });
    await expect(opening).rejects.toThrow(words);
  });
});

describe('a thread that dies', () => {
  async function openWatched(workers: Worker[], before?: (worker: Worker) => void): Promise<OnnxEncoder> {
    const start: StartThread = (setup, events) => {
      const worker = newWorker(setup);
      workers.push(worker);
      before?.(worker);
      return startWorker(worker, events);
    };
    const resolved = await resolveEncoder(await tinyFolder(plain));
    const encoder = await OnnxEncoder.start(resolved, { device: 'cpu', threads: 1, maxBatch: 2 }, start);
    onTestFinished(() => encoder.dispose());
    return encoder;
  }

  test('is replaced, and the calls that it took with it are answered by the next one', async () => {
    const workers: Worker[] = [];
    const encoder = await openWatched(workers);
    const frames = Array.from({ length: 9 }, (_, seed) => tinyFrame(plain, seed));
    const expected = frames.map((frame) => expectedGrid(plain, frame));
    const calls = frames.map((frame) => encoder.encode(frame));
    await Promise.resolve();
    await workers[0]?.terminate();
    const grids = await Promise.all(calls);
    grids.forEach((grid, index) => expectClose(grid.data, expected[index] ?? []));
    expect(workers.length).toBe(2);
    expect(encoder.counters.deaths).toBe(1);
  });

  test('while idle does not disturb the next call', async () => {
    const workers: Worker[] = [];
    const encoder = await openWatched(workers);
    await encoder.encode(tinyFrame(plain));
    await workers[0]?.terminate();
    const frame = tinyFrame(plain, 8);
    const expected = expectedGrid(plain, frame);
    expectClose((await encoder.encode(frame)).data, expected);
  });

  test('again and again makes the encoder give up with ENCODER_FAILED', async () => {
    const workers: Worker[] = [];
    const encoder = await openWatched(workers);
    while (workers.length < 3) {
      const count = workers.length;
      await workers.at(-1)?.terminate();
      await expect.poll(() => workers.length).toBe(count + 1);
      await new Promise((resolve) => workers.at(-1)?.once('message', resolve));
    }
    const call = encoder.encode(tinyFrame(plain));
    await workers.at(-1)?.terminate();
    await expect(call).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
    await expect(encoder.encode(tinyFrame(plain))).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
    await expect(encoder.failed).resolves.toMatchObject({ code: 'ENCODER_FAILED' });
  });
});

describe('dispose', () => {
  test('rejects the calls that wait with ABORTED, and later ones too', async () => {
    const encoder = await open(plain, { maxBatch: 1 });
    const calls = Array.from({ length: 20 }, (_, seed) => encoder.encode(tinyFrame(plain, seed)));
    const closing = encoder.dispose();
    const results = await Promise.allSettled(calls);
    expect(results.every((result) => result.status === 'rejected')).toBe(true);
    expect(results[0]).toMatchObject({ reason: { code: 'ABORTED' } });
    await closing;
    await expect(encoder.encode(tinyFrame(plain))).rejects.toMatchObject({ code: 'ABORTED' });
    await encoder.dispose();
  });

  test.each([
    ['after dispose', 'await encoder.dispose();'],
    ['without dispose, once every call is answered', ''],
  ])('nothing keeps the process alive %s', async (_, last) => {
    const folder = await tinyFolder(plain);
    const script = `
      import { openEncoder } from '#dist/encode/open-encoder.js';
      const encoder = await openEncoder(${JSON.stringify(folder)}, { device: 'cpu' });
      await encoder.encode(new Uint8Array(432));
      ${last}
      process.stdout.write('done');`;
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect({ stdout, status }).toEqual({ stdout: 'done', status: 0 });
  });
});

describe('options', () => {
  test.each([{ threads: 0 }, { maxBatch: 1.5 }, { maxWaiting: -1 }, { batchWaitMs: -1 }])(
    'refuse %o',
    async (options) => {
      await expect(open(plain, options)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    },
  );

  test('say why a device asked for by name cannot be used', async () => {
    const opening = open(plain, { device: 'cuda' });
    const encoder = await opening.catch((error: unknown) => error);
    if (encoder instanceof OnnxEncoder) expect(encoder.device).toBe('cuda');
    else expect(encoder).toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
  });

  test('auto always finds a device', async () => {
    const encoder = await open(plain, { device: 'auto' });
    expect(['cpu', 'webgpu', 'cuda']).toContain(encoder.device);
  });
});

test('the embedded encoder tells a bright half from a dark one', async () => {
  const encoder = await openEncoder('mobilenet-v2', { device: 'cpu' });
  onTestFinished(() => encoder.dispose());
  const side = encoder.facts.inputSide;
  expect(encoder.facts).toMatchObject({ gridSide: 24, channels: 576, stage: 'pre', resize: 'stretch' });
  const frame = new Uint8Array(side * side * 3).map((_, i) => ((i / 3) % side < side / 2 ? 20 : 230));
  const { data } = await encoder.encode(frame);
  const cell = (row: number, column: number): Float32Array =>
    data.subarray((row * 24 + column) * 576, (row * 24 + column + 1) * 576);
  const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((x, i) => x - (b[i] ?? 0)));
  expect(distance(cell(12, 4), cell(12, 20))).toBeGreaterThan(4 * distance(cell(12, 4), cell(13, 4)));
});
