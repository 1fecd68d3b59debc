import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { firstLine } from '../../../encode/worker/ort-session.ts';
import { errorRecord } from '../../../errors.ts';
import { Decoder } from './decoder.ts';
import type { AnswerRequest, DecoderSetup, FromDecoder, ToDecoder } from './messages.ts';
import { Sampler } from './sampler.ts';

type Say = (message: FromDecoder) => void;

/**
 * Runs in a thread of its own: loads the model once, then answers one question at a time until `close`. Messages are heard
 * between two runs of the model.
 */
async function serve(port: MessagePort, setup: DecoderSetup): Promise<void> {
  const say: Say = (message) => port.postMessage(message);
  let decoder: Decoder;
  try {
    decoder = await Decoder.open(setup);
  } catch (thrown) {
    say({ kind: 'refused', error: errorRecord(thrown) });
    return;
  }
  let stopped = -1;
  let tail = Promise.resolve();
  port.on('message', (message: ToDecoder) => {
    if (message.kind === 'answer') tail = tail.then(() => answer(decoder, message, say, () => stopped >= message.id));
    else stopped = message.kind === 'stop' ? message.id : Number.MAX_SAFE_INTEGER;
    if (message.kind === 'close') {
      tail = tail.then(async () => {
        await decoder.release();
        port.close();
      });
    }
  });
  say({ kind: 'ready', shape: decoder.shape, contextTokens: decoder.contextTokens });
}

async function answer(decoder: Decoder, request: AnswerRequest, say: Say, isStopped: () => boolean): Promise<void> {
  const { id } = request;
  try {
    decoder.keep(request.keep);
    await generate(decoder, request, say, isStopped);
    say({ kind: 'answered', id, held: decoder.held });
  } catch (thrown) {
    say({ kind: 'failed', id, held: decoder.held, reason: firstLine(thrown) });
  }
}

async function generate(
  decoder: Decoder,
  { id, ids, frames, sampling, maxTokens, ends }: AnswerRequest,
  say: Say,
  isStopped: () => boolean,
): Promise<void> {
  const sampler = new Sampler(sampling);
  let logits = await decoder.read(ids, frames, (tokens) => {
    if (tokens > 0) say({ kind: 'prefilled', id, tokens });
    return !isStopped();
  });
  for (let count = 1; logits !== undefined; count++) {
    const token = sampler.next(logits);
    if (ends.includes(token)) return;
    say({ kind: 'token', id, token });
    if (count === maxTokens || isStopped()) return;
    logits = await decoder.read(Int32Array.of(token), [], () => !isStopped());
  }
}

if (parentPort) await serve(parentPort, workerData as DecoderSetup);
