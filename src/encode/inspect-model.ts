import { FramenestError, errorFrom } from '../errors.ts';
import { newModelWorker } from './model-thread.ts';
import type { ModelSignature } from './model-signature.ts';
import type { InspectReply } from './worker/messages.ts';

/**
 * Loads an ONNX file in a thread of its own, reads what it declares and lets it go again.
 * @throws FramenestError ENCODER_MISMATCH where the runtime cannot load the file
 */
export async function inspectModel(modelPath: string): Promise<ModelSignature> {
  const worker = newModelWorker(new URL('./worker/inspect-worker.js', import.meta.url), modelPath);
  try {
    const reply = await new Promise<InspectReply>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the thread ended with status ${code}`)));
    });
    if (reply.kind === 'refused') throw errorFrom(reply.error);
    return reply.signature;
  } catch (thrown) {
    if (thrown instanceof FramenestError) throw thrown;
    throw new FramenestError('ENCODER_FAILED', {
      what: `${modelPath} could not be inspected: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
      mend: 'Try again; if it fails again, check that the file is whole.',
      cause: thrown,
    });
  } finally {
    await worker.terminate();
  }
}
