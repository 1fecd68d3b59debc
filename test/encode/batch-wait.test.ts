import { startThread } from '#dist/encode/encoder-thread.js';
import type { StartThread } from '#dist/encode/encoder-thread.js';
import { OnnxEncoder } from '#dist/encode/onnx-encoder.js';
import { resolveEncoder } from '#dist/encode/resolve-encoder.js';
import { expect, onTestFinished, test, vi } from 'vitest';
import { turn } from '../support/sleep.ts';
import { tinyFolder, tinyFrame } from '../support/tiny-onnx.ts';
import type { TinyModel } from '../support/tiny-onnx.ts';

const model: TinyModel = { side: 12, patch: 4, channels: 5 };

interface Watched {
  readonly encoder: OnnxEncoder;
  /** Frames of each batch that the thread got. */
  readonly batches: number[];
  /** Lets the encoder hear of the oldest batch that it has not heard of yet. */
  readonly hear: () => Promise<void>;
}

/** A real encoder whose answers arrive when the test says so, and whose clock stands still. */
async function open(options: { readonly maxBatch: number; readonly batchWaitMs?: number }): Promise<Watched> {
  const batches: number[] = [];
  const answers: (() => void)[] = [];
  const start: StartThread = async (setup, events) => {
    const encoded: typeof events.encoded = (...answer) => answers.push(() => events.encoded(...answer));
    const thread = await startThread(setup, { ...events, encoded });
    return {
      ...thread,
      encode: (id, frames, sides) => {
        batches.push(frames.length);
        thread.encode(id, frames, sides);
      },
    };
  };
  const resolved = await resolveEncoder(await tinyFolder(model));
  const encoder = await OnnxEncoder.start(resolved, { device: 'cpu', threads: 1, ...options }, start);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(async () => {
    vi.useRealTimers();
    await encoder.dispose();
  });
  const hear = async (): Promise<void> => {
    while (answers.length === 0) await turn();
    answers.shift()?.();
    await turn();
  };
  return { encoder, batches, hear };
}

/** Sends `count` frames, and lets the encoder think. */
async function send({ encoder }: Watched, count: number): Promise<void> {
  for (let i = 0; i < count; i++) void encoder.encode(tinyFrame(model, i)).catch(() => undefined);
  await turn();
}

test('a frame that finds the encoder idle is not kept waiting', async () => {
  const watched = await open({ maxBatch: 3 });
  await send(watched, 1);
  expect(watched.batches).toEqual([1]);
});

test('an incomplete batch waits behind another one for 5 ms from its oldest frame, and no longer', async () => {
  const watched = await open({ maxBatch: 3 });
  await send(watched, 1);
  await send(watched, 1);
  vi.advanceTimersByTime(4);
  await send(watched, 1);
  expect(watched.batches).toEqual([1]);
  vi.advanceTimersByTime(1);
  expect(watched.batches).toEqual([1, 2]);
});

test('a batch that gets full goes at once', async () => {
  const watched = await open({ maxBatch: 3 });
  await send(watched, 1);
  await send(watched, 2);
  expect(watched.batches).toEqual([1]);
  await send(watched, 1);
  expect(watched.batches).toEqual([1, 3]);
});

test('an incomplete batch goes at once when the one before it is done', async () => {
  const watched = await open({ maxBatch: 3 });
  await send(watched, 1);
  await send(watched, 2);
  await watched.hear();
  expect(watched.batches).toEqual([1, 2]);
});

test('the wait is counted from each frame, not from the first one that ever waited', async () => {
  const watched = await open({ maxBatch: 3, batchWaitMs: 10 });
  await send(watched, 1);
  await send(watched, 1);
  vi.advanceTimersByTime(6);
  await watched.hear();
  await send(watched, 1);
  vi.advanceTimersByTime(9);
  expect(watched.batches).toEqual([1, 1]);
  vi.advanceTimersByTime(1);
  expect(watched.batches).toEqual([1, 1, 1]);
});

test('with a wait of 0 ms a second batch goes as it is', async () => {
  const watched = await open({ maxBatch: 3, batchWaitMs: 0 });
  await send(watched, 1);
  await send(watched, 1);
  expect(watched.batches).toEqual([1, 1]);
});

test('single frames do not wait for each other', async () => {
  const watched = await open({ maxBatch: 1 });
  await send(watched, 2);
  expect(watched.batches).toEqual([1, 1]);
  expect(watched.encoder.capacity).toBe(2);
});

test('an encoder that is closed leaves no timer behind', async () => {
  const watched = await open({ maxBatch: 3 });
  await send(watched, 1);
  await send(watched, 1);
  expect(vi.getTimerCount()).toBe(1);
  const closing = watched.encoder.dispose();
  expect(vi.getTimerCount()).toBe(0);
  await closing;
});
