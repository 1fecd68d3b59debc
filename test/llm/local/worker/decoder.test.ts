import { afterEach, describe, expect, it } from 'vitest';
import { Decoder } from '#dist/llm/local/worker/decoder.js';
import { canMakeTinyDecoder, tinyDecoder, tinyFacts, tinyFrame } from '../../../support/tiny-decoder.ts';
import type { Judgement } from '../../../support/tiny-decoder.ts';
import { rejection } from '../../../support/rejection.ts';

const text = [65, 257, 12, 260, 199, 3, 80, 81, 270];
const frames = [
  { at: 2, values: tinyFrame('a', 4).content.values.slice() },
  { at: 7, values: tinyFrame('b', 9).content.values.slice() },
];
const seen = [256, 65, ...Array<number>(4).fill(tinyFacts.imageToken), 12, ...Array<number>(9).fill(5), 80, 81];

describe.skipIf(!canMakeTinyDecoder())('Decoder', () => {
  const tiny = tinyDecoder();
  const open: Decoder[] = [];
  afterEach(async () => {
    for (const decoder of open.splice(0)) await decoder.release();
  });

  async function decoderOf(folder = tiny.folder, end = ''): Promise<Decoder> {
    const decoder = await Decoder.open({
      embedPath: `${folder}/onnx/embed_tokens${end}.onnx`,
      decoderPath: `${folder}/onnx/decoder_model_merged${end}.onnx`,
      threads: 1,
      contextTokens: 512,
      cacheBytes: 2 ** 30,
    });
    open.push(decoder);
    return decoder;
  }

  it('finds the shape of the model in its graphs', async () => {
    const { shape, contextTokens } = await decoderOf();
    expect(shape).toEqual({
      channels: 32,
      vocabulary: tinyFacts.vocabulary,
      layers: 2,
      heads: 2,
      headSize: 8,
      cacheType: 'float32',
      inputType: 'float32',
      takesPositions: true,
    });
    expect(contextTokens).toBe(512);
  });

  it('gives the logits of torch for text', async () => {
    const decoder = await decoderOf();
    expectLast(await decoder.read(Int32Array.from(text), []), await tiny.judge({ ids: text }));
  });

  it('gives the logits of torch for visual tokens among text', async () => {
    const decoder = await decoderOf();
    const logits = await decoder.read(Int32Array.from(seen), frames);
    expectLast(logits, await tiny.judge({ ids: seen, frames }));
    const blind = await tiny.judge({ ids: seen });
    const difference = Math.max(...[...logits!].map((logit, token) => Math.abs(logit - blind.logits.at(-1)![token]!)));
    expect(difference).toBeGreaterThan(0.1);
  });

  it('gives the logits of torch at each step with its cache', async () => {
    const decoder = await decoderOf();
    const { logits } = await tiny.judge({ ids: seen, frames });
    for (const [position, token] of seen.entries()) {
      const there = frames.filter(({ at, values }) => position >= at && position < at + values.length / 32);
      const rows = there.map(({ at, values }) => ({ at: at - position, values: values.slice() }));
      expectClose(await decoder.read(Int32Array.of(token), rows), logits[position]!);
      expect(decoder.held).toBe(position + 1);
    }
  });

  it('gives the logits of torch after a part of the cache was dropped', async () => {
    const decoder = await decoderOf();
    await decoder.read(Int32Array.from(seen), frames);
    decoder.keep(9);
    const other = [...seen.slice(0, 9), 100, 101, 102];
    const logits = await decoder.read(Int32Array.of(100, 101, 102), []);
    // Two tokens of the second frame are left.
    const kept = [frames[0]!, { at: 7, values: frames[1]!.values.subarray(0, 2 * 32) }];
    expectLast(logits, await tiny.judge({ ids: other, frames: kept }));
  });

  it('gives the logits of torch for a question that takes several runs, a frame across their seam', async () => {
    const decoder = await decoderOf();
    const ids = Array.from({ length: 400 }, (_, position) => (position * 37) % 280);
    const frame = { at: 200, values: tinyFrame('c', 144).content.values.slice() };
    const runs: number[] = [];
    const logits = await decoder.read(Int32Array.from(ids), [frame], (tokens) => runs.push(tokens) > 0);
    expectLast(logits, await tiny.judge({ ids, frames: [frame] }));
    expect(runs).toEqual([0, 256, 144]);
  });

  it('gives the logits of torch through a half-precision cache, as far as that goes', async () => {
    const decoder = await decoderOf(tiny.folder, '_fp16');
    expect(decoder.shape).toMatchObject({ cacheType: 'float16', inputType: 'float16' });
    await decoder.read(Int32Array.from(seen.slice(0, 12)), frames);
    decoder.keep(5);
    const rest = frames.map(({ at, values }) => ({ at: at - 5, values }));
    const logits = await decoder.read(Int32Array.from(seen.slice(5)), rest);
    // Half-precision has 11 bits: 0.002 at a logit of 4, and what the rounded cache adds.
    expectLast(logits, await tiny.judge({ ids: seen, frames }), 0.05);
  });

  it('stops between two runs', async () => {
    const decoder = await decoderOf();
    const logits = await decoder.read(new Int32Array(400), [], (tokens) => tokens === 0);
    expect(logits).toBeUndefined();
    expect(decoder.held).toBe(256);
  });

  it('fails on a token that is in no vocabulary, and works on', async () => {
    const decoder = await decoderOf();
    await decoder.read(Int32Array.from(text), []);
    await expect(decoder.read(Int32Array.of(9999), [])).rejects.toThrow(/9999/);
    expectLast(await decoder.read(Int32Array.of(66), []), await tiny.judge({ ids: [...text, 66] }));
  });

  it('has room for no more than its bytes', async () => {
    const decoder = await Decoder.open({
      embedPath: `${tiny.folder}/onnx/embed_tokens.onnx`,
      decoderPath: `${tiny.folder}/onnx/decoder_model_merged.onnx`,
      threads: 1,
      contextTokens: 512,
      // Two halves of 2 layers × 2 × 2 heads × 8 × 4 bytes each.
      cacheBytes: 2 * 256 * 10,
    });
    open.push(decoder);
    expect(decoder.contextTokens).toBe(10);
    await decoder.read(new Int32Array(10), []);
    await expect(decoder.read(new Int32Array(1), [])).rejects.toThrow('room for 10');
  });

  it('names the file that is no graph', async () => {
    const error = await rejection(decoderOf(tiny.but({ 'onnx/decoder_model_merged.onnx': 'no graph' })));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.what).toContain('decoder_model_merged.onnx');
  });
});

function expectLast(found: Float32Array | undefined, { logits }: Judgement, most?: number): void {
  expectClose(found, logits.at(-1)!, most);
}

function expectClose(found: Float32Array | undefined, wanted: readonly number[], most = 1e-3): void {
  expect(found).toHaveLength(wanted.length);
  const off = wanted.map((logit, token) => Math.abs(logit - found![token]!));
  expect(Math.max(...off)).toBeLessThan(most);
}
