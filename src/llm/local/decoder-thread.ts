import type { Worker } from 'node:worker_threads';
import { ModelThread, newModelWorker } from '../../encode/model-thread.ts';
import { FramenestError } from '../../errors.ts';
import type { DecoderShape } from './decoder-shape.ts';
import type { AnswerRequest, DecoderSetup, FromDecoder, ToDecoder } from './worker/messages.ts';

/** What a thread says of an answer. */
export type AnswerEvent = Exclude<FromDecoder, { kind: 'ready' } | { kind: 'refused' }>;

/** What a running thread tells the one who started it. */
export interface ThreadEvents {
  readonly said: (event: AnswerEvent) => void;
  /** The thread is gone without having been asked. Called once, after the last `said`. */
  readonly died: (reason: string) => void;
}

/** A thread that has loaded the model and waits for questions. */
export interface DecoderThread {
  readonly shape: DecoderShape;
  /** Positions that fit: of a question and of its answer. */
  readonly contextTokens: number;
  /** Asks; one at a time. The buffers of ids and values go to the thread. */
  ask(request: AnswerRequest): void;
  /** Ends answer `id` before its next token. */
  stop(id: number): void;
  /** Whether the thread alone keeps the process alive. */
  hold(on: boolean): void;
  /** Ends the thread at once, in the middle of a run if need be; `died` follows, with this reason. */
  kill(reason: string): void;
  /** Ends the answer under way, frees the model, then ends the thread. */
  close(): Promise<void>;
}

/** Makes the bare worker thread; tests pass their own to reach it. */
export type NewWorker = (setup: DecoderSetup) => Worker;

/** The thread that ships. */
export const newDecoderWorker: NewWorker = (setup) =>
  newModelWorker(new URL('./worker/decoder-worker.js', import.meta.url), setup);

/**
 * Waits until the thread has loaded its model.
 * @throws FramenestError MODEL_INVALID; HOST_FAILED where the thread dies while loading
 */
export async function startDecoder(worker: Worker, events: ThreadEvents): Promise<DecoderThread> {
  const thread = new ModelThread<ToDecoder, FromDecoder>(worker, { ...events, failure: threadFailure });
  const { shape, contextTokens } = await thread.ready;
  return {
    shape,
    contextTokens,
    ask: (request) => thread.send(request, [request.ids.buffer, ...request.frames.map(({ values }) => values.buffer)]),
    stop: (id) => thread.send({ kind: 'stop', id }),
    hold: (on) => thread.hold(on),
    kill: (reason) => thread.kill(reason),
    close: () => thread.close(),
  };
}

/** The error of an answer that a dying thread took with it. */
export function threadFailure(reason: string): FramenestError {
  return new FramenestError('HOST_FAILED', {
    what: `The thread of the local model died: ${reason}.`,
    mend: 'Ask again; if it dies again, check the free memory and the files of the model.',
  });
}
