import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEncoder } from '#dist/encode/open-encoder.js';
import { resolveEncoder } from '#dist/encode/resolve-encoder.js';
import { TextTower } from '#dist/encode/text-tower.js';
import type { VisionEncoder } from '#dist/media/vision-encoder.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { worst } from '../support/naive-scales.ts';
import { rejection } from '../support/rejection.ts';
import { clipOrSkip, clipReference, tinyClip, tinyClipWith } from '../support/tiny-clip.ts';

/** The text tower of a folder, closed when the test ends. */
async function towerOf(folder: string): Promise<TextTower> {
  const { card, folder: root } = await resolveEncoder(folder);
  const tower = new TextTower({ name: card.name, folder: root, text: card.text!, channels: card.channels });
  onTestFinished(() => tower.dispose());
  return tower;
}

async function opened(folder: string): Promise<VisionEncoder> {
  const encoder = await openEncoder(folder, { device: 'cpu', lanes: 1 });
  onTestFinished(() => encoder.dispose());
  return encoder;
}

describe.skipIf(!clipOrSkip)('a text tower', () => {
  test('gives the embeddings that torch gives, of length 1, also of texts that are longer than it takes', async () => {
    const tower = await towerOf(await tinyClip());
    const { embeddings } = await clipReference();
    expect(Object.keys(embeddings)).toHaveLength(4);
    for (const [query, embedding] of Object.entries(embeddings)) {
      expect(worst(await tower.embed(query), embedding)).toBeLessThan(1e-5);
    }
  });

  test('starts no thread once it is disposed', async () => {
    const tower = await towerOf(await tinyClip());
    const read = rejection(tower.embed('red'));
    await tower.dispose();
    expect((await read).code).toBe('ABORTED');
  });

  test('takes the text where it ends, and not the padding, where the model fixes the length', async () => {
    const tower = await towerOf(await tinyClipWith({ file: 'onnx/text_fixed.onnx', outputName: 'last_hidden_state' }));
    for (const [query, embedding] of Object.entries((await clipReference()).embeddings)) {
      expect(worst(await tower.embed(query), embedding)).toBeLessThan(1e-5);
    }
  });

  test.each([
    ['named in a file of weights', {}],
    ['in half precision', { projection: { file: 'projection.safetensors', weight: 'half' } }],
    ['at the end of the vision tower', { projection: { file: 'onnx/vision_model.onnx' } }],
  ])('finds the map from the patches %s', async (_, text) => {
    const tower = await towerOf(await tinyClipWith(text));
    const { weights, size, channels } = await tower.projection();
    const { projection } = await clipReference();
    expect([size, channels]).toEqual([16, 32]);
    expect(worst(weights, projection)).toBeLessThan('projection' in text && 'weight' in text.projection ? 1e-3 : 1e-7);
  });

  test('compares patches with a text as torch does, with and without the norm', async () => {
    const { grid, relevance, relevanceAfterNorm } = await clipReference();
    const norm = { weight: 'norm.weight', bias: 'norm.bias' };
    for (const [text, expected] of [
      [{}, relevance],
      [{ projection: { file: 'projection.safetensors', norm } }, relevanceAfterNorm],
    ] as const) {
      const query = (await towerOf(await tinyClipWith(text))).ask('red');
      await query.ready;
      expect(worst(query.relevance(Float32Array.from(grid)), expected)).toBeLessThan(1e-5);
    }
  });

  test('keeps the embeddings of the last 64 queries', async () => {
    const tower = await towerOf(await tinyClip());
    const first = await tower.embed('red 0');
    for (let i = 1; i < 64; i++) void tower.embed(`red ${i}`);
    expect(await tower.embed('red 0')).toBe(first);
    await tower.embed('red 64');
    expect(await tower.embed('red 0')).toBe(first);
    for (let i = 0; i < 64; i++) await tower.embed(`green ${i}`);
    expect(await tower.embed('red 0')).not.toBe(first);
    expect(await tower.embed('red 0')).toEqual(first);
  });

  test('refuses queries where too many wait, and goes on', async () => {
    const tower = await towerOf(await tinyClip());
    const calls = Array.from({ length: 70 }, (_, i) => tower.embed(`blue ${i}`));
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual([
      ...Array<string>(64).fill('fulfilled'),
      ...Array<string>(6).fill('rejected'),
    ]);
    expect((await rejection(calls[69]!)).code).toBe('ENCODER_FAILED');
    await tower.embed('blue 69');
  });

  test('is closed with its encoder, and what waits is told', async () => {
    const encoder = await openEncoder(await tinyClip(), { device: 'cpu', lanes: 1 });
    const query = encoder.queries!.ask('red');
    await query.ready;
    const late = encoder.queries!.ask('green');
    await encoder.dispose();
    await late.ready.catch((error: unknown) => expect(error).toMatchObject({ code: 'ABORTED' }));
    expect((await rejection(encoder.queries!.ask('blue').ready)).code).toBe('ABORTED');
  });

  test('does not change what the encoder is: the digest is that of the vision tower', async () => {
    const withText = await resolveEncoder(await tinyClip());
    const { digest } = await resolveEncoder(await tinyClipWith(undefined));
    expect(withText.digest).toBe(digest);
    expect((await opened(await tinyClipWith(undefined))).queries).toBeUndefined();
    expect((await opened(await tinyClip())).queries).toBeDefined();
  });

  test.each([
    ['a model of another width', { outputName: 'last_hidden_state', file: 'onnx/vision_model.onnx' }],
    ['an output that is not there', { outputName: 'pooled' }],
    ['a tokenizer that is none', { tokenizer: 'reference.json' }],
    ['a map of that name that is not there', { projection: { file: 'projection.safetensors', weight: 'other' } }],
    ['a map of another shape', { projection: { file: 'projection.safetensors', weight: 'norm.bias' } }],
    ['an output that no map makes', { projection: { file: 'onnx/vision_model.onnx', output: 'last_hidden_state' } }],
    ['an output that nothing makes', { projection: { file: 'onnx/vision_model.onnx', output: 'other' } }],
  ])('says that card and files do not fit: %s', async (_, text) => {
    const tower = await towerOf(await tinyClipWith(text));
    expect((await rejection(tower.ask('red').ready)).code).toBe('ENCODER_MISMATCH');
    // And again: the thread that refused is gone.
    expect((await rejection(tower.embed('red'))).code).toBe('ENCODER_MISMATCH');
  });

  test('says so where its files are broken', async () => {
    for (const name of ['projection.safetensors', 'tokenizer.json', 'onnx/text_model.onnx', 'onnx/vision_model.onnx']) {
      const folder = await tinyClipWith({ projection: { file: 'projection.safetensors' } });
      const onnx = await tinyClipWith({ projection: { file: 'onnx/vision_model.onnx' } });
      const from = name.includes('vision') ? onnx : folder;
      const tower = await towerOf(from);
      const bytes = await readFile(join(from, name));
      for (const kept of [bytes.length >> 1, 100, 5, 0]) {
        await writeFile(join(from, name), bytes.subarray(0, kept));
        expect((await rejection(tower.embed('red'))).code).toBe('ENCODER_MISMATCH');
      }
      await rm(join(from, name));
      expect((await rejection(tower.embed('red'))).code).toBe('ENCODER_MISMATCH');
    }
  });

  test('must be there when the encoder is opened', async () => {
    for (const text of [
      { tokenizer: 'none.json' },
      { file: 'none.onnx' },
      { projection: { file: 'no.safetensors' } },
    ]) {
      expect((await rejection(resolveEncoder(await tinyClipWith(text)))).code).toBe('ENCODER_UNKNOWN');
    }
    for (const text of [{ tokenizer: '../x.json' }, { contextLength: 1 }, { projection: {} }, { other: 1 }]) {
      expect((await rejection(resolveEncoder(await tinyClipWith(text)))).code).toBe('ENCODER_CARD_INVALID');
    }
  });

  test('is found in a folder that is laid out as transformers.js models are', async () => {
    const folder = await tinyClipWith(undefined);
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({
        model_type: 'clip',
        text_config: { max_position_embeddings: 12, model_type: 'clip_text_model' },
        vision_config: { patch_size: 8, hidden_size: 32, image_size: 96, model_type: 'clip_vision_model' },
      }),
    );
    const preprocessor = { image_mean: [0, 0, 0], image_std: [1, 1, 1], size: 96, do_center_crop: true, crop_size: 96 };
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessor));
    await rm(join(folder, 'framenest.json'));
    const { card } = await resolveEncoder(folder);
    expect(card.text).toMatchObject({
      file: 'onnx/text_model.onnx',
      tokenizer: 'tokenizer.json',
      contextLength: 12,
      projection: { file: 'onnx/vision_model.onnx', output: 'image_embeds' },
    });
    const tower = await towerOf(folder);
    const { embeddings, projection } = await clipReference();
    expect(worst(await tower.embed('red'), embeddings['red']!)).toBeLessThan(1e-5);
    expect(worst((await tower.projection()).weights, projection)).toBeLessThan(1e-7);
    await rm(join(folder, 'onnx/text_model.onnx'));
    expect((await resolveEncoder(folder)).card.text).toBeUndefined();
  });
});
