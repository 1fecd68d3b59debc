import { errorRecord } from '../../errors.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { createSession, signatureOf } from './ort-session.ts';
import type { InspectReply } from './messages.ts';

/** Answers with one message: what the ONNX file whose path is the worker's data declares. */
async function inspect(modelPath: string): Promise<InspectReply> {
  try {
    const session = await createSession(modelPath, { provider: 'cpu', threads: 1, optimise: false });
    const signature = signatureOf(session);
    await session.release();
    return { kind: 'signature', signature };
  } catch (thrown) {
    return { kind: 'refused', error: errorRecord(thrown) };
  }
}

parentPort?.postMessage(await inspect(String(workerData)));
