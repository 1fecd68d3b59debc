import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { factsOf, parseModelCard, readModelCard } from '#dist/encode/model-card.js';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, tinyCard } from '../support/tiny-onnx.ts';

const card = { ...tinyCard({ side: 12, patch: 4, channels: 5 }), mean: [0.5, 0, 1], std: [0.5, 1, 2] };
const tokens = { outputLayout: 'tokens', prefixTokens: 1 };
const raw = { dtype: 'uint8', rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] };

describe('a card', () => {
  test('may leave out what has a default', () => {
    const { layout, dtype, rescale, prefixTokens, ...required } = parseModelCard(card, 'card');
    expect(parseModelCard({ ...required, resize: undefined, stage: undefined }, 'card')).toMatchObject({
      layout,
      dtype,
      rescale,
      prefixTokens,
      resize: 'stretch',
      stage: 'pre',
    });
  });

  test.each<[string, object, RegExp]>([
    ['an unknown key', { chanels: 5 }, /chanels/],
    ['a missing field', { inputName: undefined }, /"inputName" is missing/],
    ['a number where text belongs', { name: 3 }, /"name" is 3/],
    ['a mean that is no number', { mean: [0, 'a', 0] }, /"mean\.1" is "a"/],
    ['a mean of two colours', { mean: [0, 0] }, /"mean/],
    ['a deviation of 0', { std: [1, 0, 1] }, /"std\.1" is 0/],
    ['a file outside its folder', { file: '../model.onnx' }, /"file" is "\.\.\/model\.onnx"/],
    ['a file by absolute path', { file: '/model.onnx' }, /"file"/],
    ['a file of another kind', { file: 'model.bin' }, /"file"/],
    ['a grid above 32', { gridSide: 33 }, /"gridSide" is 33/],
    ['a grid of part of a cell', { gridSide: 2.5 }, /"gridSide" is 2\.5/],
    ['a batch axis fixed to 2', { inputShape: [2, 3, 12, 12] }, /"inputShape/],
    ['a picture that is no square', { inputShape: ['batch', 3, 12, 16] }, /"inputShape".*\[1?"?batch/],
    ['a shape of the other layout', { layout: 'NHWC' }, /"inputShape".*side, side, 3/],
    ['prefix tokens before a feature map', { prefixTokens: 1 }, /"prefixTokens" is 1/],
    ['bytes that are normalised', { ...raw, mean: [1, 1, 1] }, /"dtype" is "uint8"/],
    ['a digest of another length', { sha256: 'abc' }, /"sha256" is "abc"/],
  ])('with %s is ENCODER_CARD_INVALID and names the field', (_, changes, words) => {
    const parse = (): unknown => parseModelCard({ ...card, ...changes }, 'some/framenest.json');
    expect(parse).toThrow(expect.objectContaining({ code: 'ENCODER_CARD_INVALID' }) as Error);
    expect(parse).toThrow(words);
    expect(parse).toThrow('some/framenest.json');
  });

  test.each([null, 3, 'text', []])('cannot be %j', (value) => {
    expect(() => parseModelCard(value, 'card')).toThrow(/card/);
  });

  test.each([tokens, raw, { ...raw, layout: 'NHWC', inputShape: [1, 12, 12, 3] }])('may say %j', (changes) => {
    expect(parseModelCard({ ...card, ...changes }, 'card')).toMatchObject(changes);
  });

  test('that is missing or no JSON is ENCODER_CARD_INVALID with its path', async () => {
    const folder = await temporaryFolder({ 'framenest.json': '{' });
    const broken = readModelCard(join(folder, 'framenest.json'));
    await expect(broken).rejects.toMatchObject({ code: 'ENCODER_CARD_INVALID' });
    await expect(broken).rejects.toThrow(/no JSON/);
    await expect(readModelCard(join(folder, 'none.json'))).rejects.toThrow(/none\.json/);
  });
});

test('the padding has the colour that enters the model as 0', () => {
  const parsed = parseModelCard({ ...card, rescale: 1 / 255, mean: [0.5, 0, 1] }, 'card');
  const { padColor, inputSide } = factsOf(parsed, 'sha256:0');
  expect(inputSide).toBe(12);
  padColor.forEach((value, colour) => {
    const entered = (value * parsed.rescale - (parsed.mean[colour] ?? 0)) / (parsed.std[colour] ?? 1);
    expect(Math.abs(entered)).toBeLessThan(1 / 255);
  });
});

test.each(['encoders/mobilenet-v2/framenest.json', 'test/support/cards/vit-tiny/framenest.json'])(
  'the card %s is whole and takes x / 127.5 - 1',
  async (path) => {
    const url = new URL(`../../${path}`, import.meta.url);
    const parsed = parseModelCard(JSON.parse(await readFile(url, 'utf8')), path);
    for (const byte of [0, 51, 255]) {
      expect((byte * parsed.rescale - parsed.mean[0]) / parsed.std[0]).toBeCloseTo(byte / 127.5 - 1, 12);
    }
  },
);
