import { Worker } from 'node:worker_threads';
import { ModelThread } from '#dist/encode/model-thread.js';
import { FramenestError } from '#dist/errors.js';
import { expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';

type From = { kind: 'ready'; size: number } | { kind: 'done'; id: number };

interface Watched {
  readonly thread: ModelThread<{ kind: 'do'; id: number }, From>;
  /** What it told, in order: ids, and the reason of its death. */
  readonly told: (number | string)[];
  readonly gone: Promise<unknown>;
}

/** A thread that runs this code; `port` is its end of the line. */
function started(code: string): Watched {
  const worker = new Worker(`const { parentPort: port } = require('node:worker_threads'); ${code}`, { eval: true });
  const told: (number | string)[] = [];
  const thread = new ModelThread<{ kind: 'do'; id: number }, From>(worker, {
    said: ({ id }) => told.push(id),
    died: (reason) => told.push(reason),
    failure: (reason) => new FramenestError('ENCODER_FAILED', { what: `It died: ${reason}.`, mend: 'Try again.' }),
  });
  return { thread, told, gone: new Promise((resolve) => worker.once('exit', resolve)) };
}

const ready = `port.postMessage({ kind: 'ready', size: 7 });`;
const obedient = `port.on('message', ({ kind, id }) => {
  if (kind === 'close') port.close();
  else port.postMessage({ kind: 'done', id });
}); ${ready}`;

test('a thread is ready, does what it is told in order, and dies of nothing when it is closed', async () => {
  const { thread, told } = started(obedient);
  expect(await thread.ready).toEqual({ kind: 'ready', size: 7 });
  for (const id of [3, 4, 5]) thread.send({ kind: 'do', id });
  await thread.close();
  expect(told).toEqual([3, 4, 5]);
});

test('a thread that refuses its model does so in its own words', async () => {
  const { thread, told, gone } = started(
    `port.postMessage({ kind: 'refused', error: { code: 'ENCODER_MISMATCH', what: 'No such input.', mend: 'See.' } });`,
  );
  expect(await rejection(thread.ready)).toMatchObject({ code: 'ENCODER_MISMATCH', what: 'No such input.' });
  await gone;
  expect(told).toEqual([]);
});

test.each([
  ['by itself', 'process.exit(3);', 'It died: it ended with status 3.'],
  ['of an error', 'throw new Error("no memory");', 'It died: no memory.'],
])('a thread that dies %s while it loads is a failure, and tells of no death', async (_, code, what) => {
  const { thread, told, gone } = started(code);
  expect((await rejection(thread.ready)).what).toBe(what);
  await gone;
  expect(told).toEqual([]);
});

test('a thread whose first word and end are heard in one go dies while it loads', async () => {
  const { thread, told, gone } = started(`${ready} process.exit(5);`);
  // So long nothing is heard of it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  expect((await rejection(thread.ready)).what).toBe('It died: it ended with status 5.');
  await gone;
  expect(told).toEqual([]);
});

test('a thread that dies later tells why, once, after its last words', async () => {
  const { thread, told, gone } = started(
    `port.on('message', ({ id }) => { port.postMessage({ kind: 'done', id }); process.exit(4); }); ${ready}`,
  );
  await thread.ready;
  thread.send({ kind: 'do', id: 1 });
  await gone;
  expect(told).toEqual([1, 'it ended with status 4']);
});

test('a thread that is killed in the middle of a run dies of the reason given', async () => {
  const { thread, told, gone } = started(`${ready} for (;;);`);
  await thread.ready;
  thread.kill('it said nothing');
  await gone;
  expect(told).toEqual(['it said nothing']);
});
