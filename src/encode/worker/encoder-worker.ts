import { errorRecord } from '../../errors.ts';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerSetup } from './messages.ts';
import { openModel } from './open-model.ts';
import type { OpenModel } from './open-model.ts';

/** Runs in a thread of its own: opens the model once, then answers every `encode` in order until `close`. */
async function serve(port: MessagePort, setup: WorkerSetup): Promise<void> {
  let model: OpenModel;
  try {
    model = await openModel(setup);
  } catch (thrown) {
    say(port, { kind: 'refused', error: errorRecord(thrown) });
    return;
  }
  let tail = Promise.resolve();
  port.on('message', (message: ToWorker) => {
    tail = tail.then(() => answer(port, model, message));
  });
  say(port, { kind: 'ready', device: model.device, maxBatch: model.maxBatch });
}

async function answer(port: MessagePort, { runner }: OpenModel, message: ToWorker): Promise<void> {
  if (message.kind === 'close') {
    await runner.release();
    port.close();
    return;
  }
  const results = await runner.encode(message.frames, message.sides);
  const moved = results.flatMap((result) => (typeof result === 'string' ? [] : [result.buffer]));
  say(port, { kind: 'encoded', id: message.id, results }, moved);
}

function say(port: MessagePort, message: FromWorker, moved: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
}

if (parentPort) await serve(parentPort, workerData as WorkerSetup);
