import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import onnxProto from 'onnx-proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { converterMain, loadConverter } from '../support/converter.ts';
import { runNaively } from '../support/naive-network.ts';

const converter = await loadConverter();
const pack = converter.findPack();
const tflite = converter.readTflite(converter.readPackedModel(pack));
const outputs = ['feat_s8', 'feat_s16', 'feat_s32'];
const tensorNames = ['expanded_conv_5/add', 'expanded_conv_13/expand/Relu6', 'Conv_1/Relu6'].map(
  (name) => `FeatureExtractor/MobilenetV2/${name}`,
);
let folder: string;
let model: Uint8Array;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framenest-convert-'));
  model = converter.convertPack(pack);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const openSession = (bytes: Uint8Array): Promise<InferenceSession> =>
  InferenceSession.create(bytes, { intraOpNumThreads: 1 });

/** Runs [1,3,height,width] f32 through a session; the outputs in the order of `outputs`. */
async function run(session: InferenceSession, image: Float32Array, height: number, width: number): Promise<Tensor[]> {
  const results = await session.run({ image: new Tensor('float32', image, [1, 3, height, width]) });
  return outputs.map((name) => results[name] as Tensor);
}

const floats = (tensor: Tensor): Float32Array => tensor.data as Float32Array;

/** Height x width x 3 values in [-1, 1), the same in every run. */
function noise(length: number): Float64Array {
  let state = 20;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Values [height * width, channels] -> [channels, height * width]. */
function channelsFirst(data: ArrayLike<number>, channels: number): Float32Array {
  const positions = data.length / channels;
  return Float32Array.from(
    { length: data.length },
    (_, index) => data[(index % positions) * channels + Math.floor(index / positions)] ?? NaN,
  );
}

describe('the converted encoder', () => {
  it('has one image input, three feature outputs and only operators of a backbone', () => {
    const { graph } = onnxProto.onnx.ModelProto.decode(model);
    expect(graph?.input?.map(({ name }) => name)).toEqual(['image']);
    expect(graph?.output?.map(({ name }) => name)).toEqual(outputs);
    const counts = new Map<string, number>();
    for (const { opType } of graph?.node ?? []) counts.set(opType ?? '', (counts.get(opType ?? '') ?? 0) + 1);
    // MobileNetV2: 52 convolutions, of which those that end a block have no activation; 10 blocks have a shortcut.
    expect(Object.fromEntries(counts)).toEqual({ Cast: 2 * 52, Conv: 52, Clip: 52 - 17, Add: 10 });
  });

  it('gives features of the shapes that the TFLite file states for its own image size', async () => {
    const results = await run(await openSession(model), new Float32Array(3 * 300 * 300), 300, 300);
    const stated = tensorNames.map((name) => tflite.tensors.find((tensor) => tensor.name.startsWith(name))?.shape);
    expect(results.map(({ dims: [batch, channels, height, width] }) => [batch, height, width, channels])).toEqual(
      stated,
    );
  });

  it.each([
    { height: 64, width: 96 },
    { height: 70, width: 53 },
  ])('equals a naive evaluation of the TFLite operators on $height x $width pixels', async ({ height, width }) => {
    const image = noise(height * width * 3);
    const expected = runNaively(tflite, { shape: [height, width, 3], data: image }, tensorNames);
    const results = await run(await openSession(model), channelsFirst(image, 3), height, width);
    for (const [index, { shape, data }] of expected.entries()) {
      const channels = shape[2] ?? NaN;
      const found = results[index] as Tensor;
      expect(found.dims).toEqual([1, channels, shape[0], shape[1]]);
      expect(Math.max(...data)).toBeGreaterThan(1);
      const wanted = channelsFirst(data, channels);
      expect(Math.max(...floats(found).map((value, at) => Math.abs(value - (wanted[at] ?? NaN))))).toBeLessThan(1e-3);
    }
  });

  it('treats each image of a batch as if it were alone', async () => {
    const session = await openSession(model);
    const both = Float32Array.from(noise(2 * 3 * 64 * 64));
    const images = [both.slice(0, both.length / 2), both.slice(both.length / 2)];
    const alone = await Promise.all(images.map((image) => run(session, image, 64, 64)));
    const batch = await session.run({ image: new Tensor('float32', both, [2, 3, 64, 64]) });
    for (const [index, name] of outputs.entries()) {
      const joined = alone.flatMap((results) => [...floats(results[index] as Tensor)]);
      const found = floats(batch[name] as Tensor);
      expect(found.length).toBe(joined.length);
      expect(Math.max(...found.map((value, at) => Math.abs(value - (joined[at] ?? NaN))))).toBeLessThan(1e-4);
    }
  });
});

describe('the conversion', () => {
  it('gives the same bytes each time', () => {
    expect(Buffer.from(converter.convertPack(pack)).equals(model)).toBe(true);
  });

  it('writes the file once, tells its digest, and leaves a right file alone', () => {
    const outFile = join(folder, 'deeper', 'backbone.onnx');
    const first = execFileSync(process.execPath, [converterMain, outFile], { encoding: 'utf8' });
    expect(first).toMatch(/^Wrote .*backbone\.onnx, \d+ bytes, SHA-256 [0-9a-f]{64}\.\n$/);
    expect(readFileSync(outFile).equals(model)).toBe(true);
    expect(readdirSync(join(folder, 'deeper'))).toEqual(['backbone.onnx']);
    const second = execFileSync(process.execPath, [converterMain, outFile], { encoding: 'utf8' });
    expect(second).toMatch(/is already there, SHA-256 [0-9a-f]{64}\.\n$/);
  });

  it('replaces a file that is not the expected one', () => {
    const outFile = join(folder, 'other.onnx');
    writeFileSync(outFile, 'not a model');
    const { status } = spawnSync(process.execPath, [converterMain, outFile]);
    expect(status).toBe(0);
    expect(readFileSync(outFile).equals(model)).toBe(true);
  });

  it('refuses a result with another digest and writes nothing', () => {
    const outFile = join(folder, 'refused.onnx');
    expect(() => converter.makeEncoder({ outFile, sha256: '0'.repeat(64) })).toThrow(
      /has the SHA-256 [0-9a-f]{64}, its card/,
    );
    expect(existsSync(outFile)).toBe(false);
  });

  it.each([
    { flaw: 'is cut short', spoil: (bytes: Buffer) => bytes.subarray(0, 5_000_000), words: /has 5000000 bytes/ },
    { flaw: 'holds something else', spoil: (bytes: Buffer) => Buffer.alloc(bytes.length, 7), words: /identifier TFL3/ },
    {
      flaw: 'has another network',
      spoil: (bytes: Buffer) =>
        Buffer.from(bytes.toString('latin1').replaceAll('expanded_conv', 'different_one'), 'latin1'),
      words: /has no tensor/,
    },
  ])('says what is wrong with a pack that $flaw', ({ spoil, words }) => {
    const broken = join(folder, 'broken.data');
    writeFileSync(broken, spoil(readFileSync(pack)));
    expect(() => converter.convertPack(broken)).toThrow(words);
    expect(() => converter.convertPack(broken)).toThrow(/^Cannot convert .*broken\.data: .* Run `npm ci`/);
  });
});

// Needs models and clips that are not part of the project: a folder with mnv2_oidv4/backbone.onnx, and videos/ beside it.
const referenceModels = process.env['FRAMENEST_REFERENCE_MODELS'];
if (referenceModels !== undefined) {
  const videos = join(referenceModels, '..', 'videos');
  const clips = readdirSync(videos).filter((name) => /\.(mp4|avi|ogv)$/.test(name));

  it.each(clips)('has the features of the reference conversion on frames of %s', async (clip) => {
    const size = 384;
    const args = ['-v', 'error', '-i', join(videos, clip), '-vf', `select=not(mod(n\\,40)),scale=${size}:${size}`];
    const format = ['-fps_mode', 'passthrough', '-frames:v', '3', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
    const pixels = execFileSync('ffmpeg', [...args, ...format], { maxBuffer: 2 ** 26 });
    const reference = await openSession(readFileSync(join(referenceModels, 'mnv2_oidv4', 'backbone.onnx')));
    const session = await openSession(model);
    const frameBytes = size * size * 3;
    expect(pixels.length).toBeGreaterThanOrEqual(frameBytes);
    for (let start = 0; start < pixels.length; start += frameBytes) {
      const image = channelsFirst(
        Float32Array.from(pixels.subarray(start, start + frameBytes), (v) => v / 127.5 - 1),
        3,
      );
      const expected = await run(reference, image, size, size);
      const found = await run(session, image, size, size);
      for (const [index, tensor] of found.entries()) {
        expect(minimumCosine(tensor, expected[index] as Tensor)).toBeGreaterThanOrEqual(0.9999);
      }
    }
  });
}

/** The smallest cosine between the feature vectors of two [1,channels,height,width] tensors at one position. */
function minimumCosine(left: Tensor, right: Tensor): number {
  expect(left.dims).toEqual(right.dims);
  const positions = (left.dims[2] ?? 0) * (left.dims[3] ?? 0);
  const products = (a: Tensor, b: Tensor): Float64Array => {
    const sums = new Float64Array(positions);
    for (const [index, value] of floats(a).entries()) {
      sums[index % positions] = (sums[index % positions] ?? NaN) + value * (floats(b)[index] ?? NaN);
    }
    return sums;
  };
  const across = products(left, right);
  const lengths = [products(left, left), products(right, right)];
  return Math.min(...across.map((sum, at) => sum / Math.sqrt((lengths[0]?.[at] ?? NaN) * (lengths[1]?.[at] ?? NaN))));
}
