import { expect, onTestFinished, test } from 'vitest';
import { EncoderLanes } from '#dist/encode/encoder-lanes.js';
import { openEncoder } from '#dist/encode/open-encoder.js';
import { expectedGrid, tinyFolder, tinyFrame } from '../support/tiny-onnx.ts';
import type { TinyModel } from '../support/tiny-onnx.ts';

const model: TinyModel = { side: 12, patch: 4, channels: 5 };

async function open(lanes: number): ReturnType<typeof openEncoder> {
  const encoder = await openEncoder(await tinyFolder(model), { device: 'cpu', threads: 2, lanes });
  onTestFinished(() => encoder.dispose());
  return encoder;
}

test('gives every frame its own features, whichever lane it went through', async () => {
  const encoder = await open(3);
  expect(encoder).toBeInstanceOf(EncoderLanes);
  const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
  const expected = seeds.map((seed) => expectedGrid(model, tinyFrame(model, seed)));
  const grids = await Promise.all(seeds.map((seed) => encoder.encode(tinyFrame(model, seed))));
  for (const [i, { data }] of grids.entries()) {
    for (const [j, value] of expected[i]!.entries()) expect(Math.abs(value - data[j]!)).toBeLessThan(1e-3);
  }
});

test('is one encoder where one lane is asked for', async () => {
  expect(await open(1)).not.toBeInstanceOf(EncoderLanes);
});

test('gives back block means of the side that was asked for', async () => {
  const encoder = await open(2);
  const whole = await encoder.encode(tinyFrame(model, 7));
  const mean = await encoder.encode(tinyFrame(model, 7), 1);
  expect(mean.side).toBe(1);
  for (let c = 0; c < model.channels; c++) {
    let sum = 0;
    for (let cell = 0; cell < 9; cell++) sum += whole.data[cell * model.channels + c]!;
    expect(mean.data[c]).toBeCloseTo(sum / 9, 3);
  }
});

test('rejects with ABORTED after dispose', async () => {
  const encoder = await open(2);
  await encoder.dispose();
  await expect(encoder.encode(tinyFrame(model, 1))).rejects.toMatchObject({ code: 'ABORTED' });
});
