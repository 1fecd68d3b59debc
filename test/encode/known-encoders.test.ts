import { knownEncoders, listEncoders } from '#dist/encode/known-encoders.js';
import { maxGridSide } from '#dist/encode/model-card.js';
import { resolveEncoder } from '#dist/encode/resolve-encoder.js';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/tiny-onnx.ts';

test('the list has one entry a known encoder, in its order', async () => {
  const list = await listEncoders({ cacheDir: await temporaryFolder({}) });
  expect(list.map(({ name }) => name)).toEqual(knownEncoders.map(({ name }) => name));
  expect(list.filter(({ installed }) => installed).map(({ name }) => name)).toEqual(['mobilenet-v2']);
});

test('the embedded encoder is listed with what its card says', async () => {
  const [listed] = await listEncoders({ cacheDir: await temporaryFolder({}) });
  const { facts, card } = await resolveEncoder('mobilenet-v2');
  const { gridSide, channels, inputSide, digest } = facts;
  expect(listed).toMatchObject({ gridSide, channels, inputSide, digest, licence: card.license });
});

test('a downloaded encoder is listed as installed', async () => {
  const cacheDir = await temporaryFolder({
    'encoders/onnx-community--dinov2-base@main/download.json': { files: [{ path: 'a.txt', size: 1 }] },
    'encoders/onnx-community--dinov2-base@main/a.txt': 'a',
  });
  const list = await listEncoders({ cacheDir });
  expect(list.find(({ name }) => name === 'dinov2-base')).toMatchObject({ installed: true });
});

test('every known grid fits the positions on the wire', () => {
  for (const { gridSide } of knownEncoders) expect(gridSide).toBeLessThanOrEqual(maxGridSide);
});
