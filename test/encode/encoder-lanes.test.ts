import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { EncoderLanes } from '#dist/encode/encoder-lanes.js';
import { newWorker, startWorker } from '#dist/encode/encoder-thread.js';
import type { StartThread } from '#dist/encode/encoder-thread.js';
import { OnnxEncoder } from '#dist/encode/onnx-encoder.js';
import { openEncoder } from '#dist/encode/open-encoder.js';
import { resolveEncoder } from '#dist/encode/resolve-encoder.js';
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

test('can make use of as many frames as its lanes together', async () => {
  expect((await open(1)).capacity).toBe(2);
  expect((await open(3)).capacity).toBe(6);
});

/** An encoder whose thread can be killed and does not come back. */
async function mortal(): Promise<{ encoder: OnnxEncoder; kill: () => Promise<unknown> }> {
  const workers: Worker[] = [];
  const start: StartThread = (setup, events) => {
    if (workers.length > 0) return Promise.reject(new Error('no second thread'));
    workers.push(newWorker(setup));
    return startWorker(workers[0]!, events);
  };
  const resolved = await resolveEncoder(await tinyFolder(model));
  const encoder = await OnnxEncoder.start(resolved, { device: 'cpu', threads: 1 }, start);
  return { encoder, kill: () => workers[0]!.terminate() };
}

test('goes on without a lane that gave up, and gives up with the last one', async () => {
  const [first, second] = [await mortal(), await mortal()];
  const lanes = new EncoderLanes([first.encoder, second.encoder]);
  onTestFinished(() => lanes.dispose());
  let over = false;
  void lanes.failed.then(() => (over = true));

  const lost = Array.from({ length: 2 }, (_, i) => lanes.encode(tinyFrame(model, i)));
  await Promise.all([first.kill(), first.encoder.failed, Promise.allSettled(lost)]);
  const grids = await Promise.all(Array.from({ length: 8 }, (_, i) => lanes.encode(tinyFrame(model, i))));
  expect(grids.map(({ side }) => side)).toEqual(Array(8).fill(3));
  expect(lanes.capacity).toBe(2);
  expect(over).toBe(false);

  await second.kill();
  expect(await lanes.failed).toMatchObject({ code: 'ENCODER_FAILED' });
  await expect(lanes.encode(tinyFrame(model, 1))).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
});
