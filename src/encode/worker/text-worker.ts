import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { errorRecord } from '../../errors.ts';
import type { FromTextWorker, TextSetup, ToTextWorker } from './text-messages.ts';
import { TextModel } from './text-model.ts';
import { readProjection } from './text-projection.ts';

/** Runs in a thread of its own: opens the text tower once, then answers every `embed` in order until `close`. */
async function serve(port: MessagePort, setup: TextSetup): Promise<void> {
  try {
    const projection = await readProjection(setup);
    const model = await TextModel.open(setup, projection.size);
    let tail = Promise.resolve();
    port.on('message', (message: ToTextWorker) => {
      tail = tail.then(() => answer(port, model, message));
    });
    say(port, { kind: 'ready', projection });
  } catch (thrown) {
    say(port, { kind: 'refused', error: errorRecord(thrown) });
  }
}

async function answer(port: MessagePort, model: TextModel, message: ToTextWorker): Promise<void> {
  if (message.kind === 'close') {
    await model.release();
    port.close();
    return;
  }
  const { id, query } = message;
  try {
    say(port, { kind: 'embedded', id, embedding: await model.embed(query) });
  } catch (thrown) {
    say(port, { kind: 'failed', id, error: errorRecord(thrown) });
  }
}

function say(port: MessagePort, message: FromTextWorker): void {
  port.postMessage(message);
}

if (parentPort) await serve(parentPort, workerData as TextSetup);
