import { copyFile, cp, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openEncoder } from '#dist/encode/open-encoder.js';
import { resolveEncoder } from '#dist/encode/resolve-encoder.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder, tinyCard, tinyFolder, tinyFrame, tinyOnnx } from '../support/tiny-onnx.ts';
import type { TinyModel } from '../support/tiny-onnx.ts';

const plain: TinyModel = { side: 12, patch: 4, channels: 5 };

describe('an encoder is found', () => {
  test('by the name of the embedded one', async () => {
    const { card, facts } = await resolveEncoder('mobilenet-v2');
    expect(card.file).toBe('backbone.onnx');
    expect(facts).toMatchObject({ name: 'mobilenet-v2', inputSide: 384, gridSide: 24, padColor: [128, 128, 128] });
  });

  test('by a folder with a card and by the file beside the card', async () => {
    const folder = await tinyFolder(plain);
    const byFolder = await resolveEncoder(folder);
    expect(byFolder.modelPath).toBe(join(folder, 'tiny.onnx'));
    expect(await resolveEncoder(join(folder, 'tiny.onnx'))).toEqual(byFolder);
  });

  test('with a card from elsewhere, which wins over the one beside the model', async () => {
    const folder = await tinyFolder(plain, { name: 'beside' });
    const other = await temporaryFolder({ 'card.json': { ...tinyCard(plain), name: 'elsewhere' } });
    for (const path of [folder, join(folder, 'tiny.onnx')]) {
      const { card } = await resolveEncoder(path, { card: join(other, 'card.json') });
      expect(card.name).toBe('elsewhere');
    }
  });

  test('in a folder in the form of transformers models', async () => {
    const names = ['pixel_values', 'last_hidden_state'] as const;
    const folder = await temporaryFolder({
      'onnx/vision_model.onnx': tinyOnnx({ ...plain, outputLayout: 'tokens', prefixTokens: 1, names }),
      'config.json': { model_type: 'vit', patch_size: 4, hidden_size: 5 },
      'preprocessor_config.json': { image_mean: [0, 0, 0], image_std: [1, 1, 1], size: { height: 12, width: 12 } },
    });
    const encoder = await openEncoder(folder, { device: 'cpu' });
    onTestFinished(() => encoder.dispose());
    await expect(encoder.encode(tinyFrame(plain))).resolves.toMatchObject({ side: 3, channels: 5 });
  });
});

describe('an ONNX file without any card', () => {
  test.each<[string, TinyModel, object]>([
    ['tokens', { ...plain, outputLayout: 'tokens' }, { prefixTokens: 0, gridSide: 3 }],
    ['tokens after a class token', { ...plain, outputLayout: 'tokens', prefixTokens: 1 }, { prefixTokens: 1 }],
    ['a feature map', plain, { outputLayout: 'channels-first', gridSide: 3, channels: 5 }],
    ['an NHWC input', { ...plain, layout: 'NHWC' }, { layout: 'NHWC', inputShape: ['batch', 12, 12, 3] }],
    ['a uint8 input', { ...plain, dtype: 'uint8' }, { dtype: 'uint8', rescale: 1, mean: [0, 0, 0] }],
    ['a fixed batch axis', { ...plain, batch: 1 }, { inputShape: [1, 3, 12, 12] }],
  ])('gets one from the model for %s', async (_, model, expected) => {
    const folder = await temporaryFolder({ 'model.onnx': tinyOnnx(model) });
    const { card } = await resolveEncoder(folder);
    expect(card).toMatchObject({ file: 'model.onnx', inputName: 'image', outputName: 'grid', ...expected });
    expect(await resolveEncoder(join(folder, 'model.onnx'))).toMatchObject({ card });
    const encoder = await openEncoder(folder, { device: 'cpu' });
    onTestFinished(() => encoder.dispose());
    await expect(encoder.encode(tinyFrame(model))).resolves.toMatchObject({ side: 3, channels: 5 });
  });

  test('is taken to want x / 127.5 - 1', async () => {
    const { card } = await resolveEncoder(await temporaryFolder({ 'model.onnx': tinyOnnx(plain) }));
    for (const byte of [0, 100, 255]) {
      expect((byte * card.rescale - card.mean[0]) / card.std[0]).toBeCloseTo(byte / 127.5 - 1, 12);
    }
  });

  test.each<[string, TinyModel, RegExp]>([
    ['leaves the output size free', { ...plain, freeSize: true }, /0 of its outputs.*grid float32/],
    ['has two tokens before the patches', { ...plain, outputLayout: 'tokens', prefixTokens: 2 }, /\[batch, 11, 5\]/],
    ['has a grid above 32', { side: 66, patch: 2, channels: 1 }, /\[batch, 1, 33, 33\]/],
  ])('gets none where the model %s', async (_, model, words) => {
    const resolving = resolveEncoder(await temporaryFolder({ 'model.onnx': tinyOnnx(model) }));
    await expect(resolving).rejects.toMatchObject({ code: 'ENCODER_CARD_INVALID' });
    await expect(resolving).rejects.toThrow(words);
  });

  test('that is no ONNX model is ENCODER_MISMATCH', async () => {
    const resolving = resolveEncoder(await temporaryFolder({ 'model.onnx': 'no model' }));
    await expect(resolving).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
  });
});

describe('an encoder is not found', () => {
  test('by a name that is none, and the error lists what is known', async () => {
    await expect(resolveEncoder('mobilenet')).rejects.toMatchObject({ code: 'ENCODER_UNKNOWN' });
    await expect(resolveEncoder('mobilenet')).rejects.toThrow(/"mobilenet".*mobilenet-v2.*siglip.*hf:OWNER/);
  });

  test('in a folder without an ONNX file, or with a card alone', async () => {
    await expect(resolveEncoder(await temporaryFolder({ 'a.txt': '' }))).rejects.toMatchObject({
      code: 'ENCODER_UNKNOWN',
    });
    const alone = resolveEncoder(await temporaryFolder({ 'framenest.json': tinyCard(plain) }));
    await expect(alone).rejects.toThrow(/weights .*tiny\.onnx do not exist/);
  });

  test('where the card beside a file describes another one', async () => {
    const folder = await tinyFolder(plain);
    await copyFile(join(folder, 'tiny.onnx'), join(folder, 'other.onnx'));
    const resolving = resolveEncoder(join(folder, 'other.onnx'));
    await expect(resolving).rejects.toThrow(/describes tiny\.onnx, not other\.onnx/);
  });
});

describe('the digest', () => {
  test('is the same for the same weights and use, wherever they lie and whatever they are called', async () => {
    const folder = await tinyFolder(plain);
    const copy = await temporaryFolder({});
    await cp(folder, copy, { recursive: true });
    await writeFile(join(copy, 'framenest.json'), JSON.stringify({ ...tinyCard(plain), name: 'x', license: 'MIT' }));
    expect((await resolveEncoder(copy)).digest).toBe((await resolveEncoder(folder)).digest);
  });

  test.each([{ mean: [0, 0, 0.1] }, { resize: 'crop' }, { stage: 'post' }])('changes with %j', async (changes) => {
    const first = await resolveEncoder(await tinyFolder(plain));
    const second = await resolveEncoder(await tinyFolder(plain, changes));
    expect(second.digest).not.toBe(first.digest);
  });

  test('changes with the weights and with external weights', async () => {
    const folder = await tinyFolder(plain);
    const digests = [(await resolveEncoder(folder)).digest];
    await writeFile(join(folder, 'tiny.onnx_data'), 'weights');
    digests.push((await resolveEncoder(folder)).digest);
    await writeFile(join(folder, 'tiny.onnx'), tinyOnnx({ ...plain, failAbove: 3 }));
    digests.push((await resolveEncoder(folder)).digest);
    expect(new Set(digests).size).toBe(3);
  });

  test('of the card is checked: DIGEST_MISMATCH shows both', async () => {
    const right = createHash('sha256').update(tinyOnnx(plain)).digest('hex');
    await expect(resolveEncoder(await tinyFolder(plain, { sha256: right }))).resolves.toBeDefined();
    const wrong = '0'.repeat(64);
    const resolving = resolveEncoder(await tinyFolder(plain, { sha256: wrong }));
    await expect(resolving).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(resolving).rejects.toThrow(new RegExp(`${right}.*${wrong}`));
  });
});
