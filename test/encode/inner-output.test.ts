import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { embeddedFolder } from '#dist/encode/encoder-folders.js';
import { newWorker, startWorker } from '#dist/encode/encoder-thread.js';
import { OnnxEncoder } from '#dist/encode/onnx-encoder.js';
import { openEncoder } from '#dist/encode/open-encoder.js';
import { resolveEncoder } from '#dist/encode/resolve-encoder.js';
import type { VisionEncoder } from '#dist/media/vision-encoder.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { localHub } from '../support/local-hub.ts';
import { temporaryFolder, tinyFrame } from '../support/tiny-onnx.ts';
import { expectedHidden, hiddenName, pooledCard, pooledOnnx, withExternalWeights } from './pooled-onnx.ts';
import type { PooledModel } from './pooled-onnx.ts';

const tower: PooledModel = { side: 12, patch: 4, channels: 5 };
const clipName = 'clip-vit-large-patch14-336';

/** A folder with `tiny.onnx` and its card; `changes` are laid over the card. */
function towerFolder(model: PooledModel, changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return temporaryFolder({ 'tiny.onnx': pooledOnnx(model), 'framenest.json': { ...pooledCard(model), ...changes } });
}

async function open(nameOrPath: string, options: Parameters<typeof openEncoder>[1] = {}): Promise<VisionEncoder> {
  const encoder = await openEncoder(nameOrPath, { device: 'cpu', ...options });
  onTestFinished(() => encoder.dispose());
  return encoder;
}

function furthest(found: Float32Array, expected: ArrayLike<number>): number {
  expect(found.length).toBe(expected.length);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? NaN))), 0);
}

describe('an inner value that a card names as the output', () => {
  test('is what the same model gives where it declares it, and what it is by definition', async () => {
    const inner = await open(await towerFolder(tower));
    const declared = await open(await towerFolder({ ...tower, declares: 'hidden' }));
    const frame = tinyFrame(tower, 3);
    const { data, side } = await inner.encode(frame);
    expect(side).toBe(3);
    expect(data).toEqual((await declared.encode(frame)).data);
    expect(furthest(data, expectedHidden(tower, frame))).toBeLessThan(1e-3);
  });

  test('of frames that run together goes to the frame that it belongs to', async () => {
    const encoder = await open(await towerFolder(tower), { maxBatch: 4 });
    const frames = Array.from({ length: 9 }, (_, seed) => tinyFrame(tower, seed));
    const grids = await Promise.all(frames.map((frame) => encoder.encode(frame)));
    const distances = grids.map(({ data }, i) => furthest(data, expectedHidden(tower, frames[i]!)));
    expect(Math.max(...distances)).toBeLessThan(1e-3);
  });

  test('is found where the model leaves its size free', async () => {
    const encoder = await open(await towerFolder({ ...tower, freeSize: true }));
    const frame = tinyFrame(tower);
    expect(furthest((await encoder.encode(frame)).data, expectedHidden(tower, frame))).toBeLessThan(1e-3);
  });

  test('is found where the weights lie in a file of their own', async () => {
    const { model, weights } = withExternalWeights(pooledOnnx(tower), 'tiny.onnx_data');
    const card = pooledCard(tower);
    const folder = await temporaryFolder({ 'tiny.onnx': model, 'tiny.onnx_data': weights, 'framenest.json': card });
    const frame = tinyFrame(tower, 5);
    const { data } = await (await open(folder)).encode(frame);
    expect(furthest(data, expectedHidden(tower, frame))).toBeLessThan(1e-3);
  });

  test('leaves the file as it is', async () => {
    const folder = await towerFolder(tower);
    await open(folder);
    expect(Buffer.compare(await readFile(join(folder, 'tiny.onnx')), pooledOnnx(tower))).toBe(0);
  });

  test('is there again in the thread that replaces one that died', async () => {
    const workers: Worker[] = [];
    const resolved = await resolveEncoder(await towerFolder(tower));
    const encoder = await OnnxEncoder.start(resolved, { device: 'cpu', threads: 1 }, (setup, events) => {
      const worker = newWorker(setup);
      workers.push(worker);
      return startWorker(worker, events);
    });
    onTestFinished(() => encoder.dispose());
    await encoder.encode(tinyFrame(tower));
    await workers[0]?.terminate();
    const frame = tinyFrame(tower, 8);
    expect(furthest((await encoder.encode(frame)).data, expectedHidden(tower, frame))).toBeLessThan(1e-3);
    expect(encoder.counters.deaths).toBe(1);
  });

  test('has its own digest: other values of one file are other encoders', async () => {
    const names = [hiddenName, 'summand', 'image_embeds'];
    const folders = await Promise.all(names.map((outputName) => towerFolder(tower, { outputName })));
    const digests = await Promise.all(folders.map(async (folder) => (await resolveEncoder(folder)).digest));
    expect(new Set(digests).size).toBe(3);
    expect((await resolveEncoder(await towerFolder(tower))).digest).toBe(digests[0]);
  });
});

describe('a card whose inner value does not fit is ENCODER_MISMATCH', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['where the graph has no such value', { outputName: 'x/y' }, /"x\/y".*only image_embeds float32 .*inner value/],
    ['for the channels', { channels: 6 }, /\[batch, 10, 6\].*_output_0 float32 \[batch, 10, 5\]/],
    ['for the prefix tokens', { prefixTokens: 0 }, /\[batch, 9, 5\].*_output_0 float32 \[batch, 10, 5\]/],
    ['for the grid', { gridSide: 4 }, /\[batch, 17, 5\].*_output_0 float32 \[batch, 10, 5\]/],
    ['for a value of whole numbers', { outputName: 'flat' }, /a float32 or float16 output "flat".*flat int64 \[3\]/],
  ])('%s', async (_, changes, words) => {
    const opening = openEncoder(await towerFolder(tower, changes), { device: 'cpu' });
    await expect(opening).rejects.toMatchObject({ code: 'ENCODER_MISMATCH', retryable: false });
    await expect(opening).rejects.toThrow(words);
  });

  test('for what a free size gives', async () => {
    const folder = await towerFolder({ ...tower, freeSize: true }, { gridSide: 4 });
    await expect(openEncoder(folder, { device: 'cpu' })).rejects.toThrow(/\[1, 17, 5\].*_output_0 \[1, 10, 5\]/);
  });

  test('with a way out, where the graph has no such value', async () => {
    const opening = openEncoder(await towerFolder(tower, { outputName: 'x' }), { device: 'cpu' });
    await expect(opening).rejects.toThrow(/Netron.*docs\/encoders\.md/);
    await expect(opening).rejects.not.toThrow(/\.cc:/);
  });
});

describe('CLIP by its known name', () => {
  const clip: PooledModel = { side: 336, patch: 14, channels: 4, freeSize: true };
  const text = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
  const descriptions = {
    'config.json': text({ model_type: 'clip', vision_config: { hidden_size: 4, image_size: 336, patch_size: 14 } }),
    'preprocessor_config.json': text({ do_center_crop: true, image_mean: [0, 0, 0], image_std: [1, 1, 1] }),
  };

  async function hubWith(model: PooledModel): Promise<{ endpoint: string; cacheDir: string }> {
    const content = { ...descriptions, 'onnx/vision_model.onnx': pooledOnnx(model) };
    const { endpoint } = await localHub(`Xenova/${clipName}`, 'main', content);
    return { endpoint, cacheDir: await temporaryFolder({}) };
  }

  test('is fetched from the hub as published and gives the rows of its last but one layer', async () => {
    const encoder = await open(clipName, await hubWith(clip));
    expect(encoder.facts).toMatchObject({ name: clipName, inputSide: 336, gridSide: 24, resize: 'pad', stage: 'pre' });
    const frame = tinyFrame(clip, 2);
    const expected = expectedHidden(clip, frame);
    // Sums of 196 values of up to 8: float32 keeps 24 bits.
    expect(furthest((await encoder.encode(frame)).data, expected)).toBeLessThan(1e-2);
  });

  test('is ENCODER_MISMATCH where the export gives its values other names', async () => {
    const opening = openEncoder(clipName, { device: 'cpu', ...(await hubWith({ ...clip, hidden: 'add_45' })) });
    await expect(opening).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
    await expect(opening).rejects.toThrow(/layers\.22.*image_embeds/);
  });
});

test('the embedded encoder gives what goes into its last limiter, which is limited to 0 … 6 afterwards', async () => {
  const folder = embeddedFolder('mobilenet-v2');
  const card = JSON.parse(await readFile(join(folder, 'framenest.json'), 'utf8')) as object;
  const other = await temporaryFolder({ 'card.json': { ...card, outputName: 'feat_s16/linear' } });
  const inner = await open(folder, { card: join(other, 'card.json') });
  const usual = await open(folder);
  const frame = tinyFrame({ side: 384, patch: 16, channels: 576 });
  const { data } = await inner.encode(frame);
  const limited = data.map((value) => Math.min(6, Math.max(0, value)));
  expect(data.some((value) => value < 0)).toBe(true);
  expect(furthest(limited, (await usual.encode(frame)).data)).toBeLessThan(1e-4);
});

/** A folder with `vit_tiny_patch16_384/model.onnx`: a real ViT, which the project does not carry. */
const models = process.env['FRAMENEST_REFERENCE_MODELS'];

if (models !== undefined) {
  test('of a real vision transformer, what its patch tokens are cut from holds them after a class token', async () => {
    const folder = join(models, 'vit_tiny_patch16_384');
    const { card } = await resolveEncoder(folder);
    const changed = { ...card, outputName: 't358', prefixTokens: 1 };
    const other = await temporaryFolder({ 'card.json': changed });
    const frame = tinyFrame({ side: 384, patch: 16, channels: 192 }, 1);
    const inner = await open(folder, { card: join(other, 'card.json') });
    expect((await inner.encode(frame)).data).toEqual((await (await open(folder)).encode(frame)).data);
  });
}
