import { Worker } from 'node:worker_threads';
import { FramenestError, errorFrom } from '../../errors.ts';
import type { DecoderShape } from './decoder-shape.ts';
import type { AnswerRequest, DecoderSetup, FromDecoder, ToDecoder } from './worker/messages.ts';

/** How long a thread may take to free the model before it is ended, milliseconds. */
const closeGraceMs = 5_000;

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
  // Flags of this process such as --input-type would keep the thread from starting.
  new Worker(new URL('./worker/decoder-worker.js', import.meta.url), { workerData: setup, execArgv: [] });

/**
 * Waits until the thread has loaded its model.
 * @throws FramenestError MODEL_INVALID; HOST_FAILED where the thread dies while loading
 */
export function startDecoder(worker: Worker, events: ThreadEvents): Promise<DecoderThread> {
  return new Promise((resolve, reject) => {
    let ready = false;
    let closing = false;
    let reason: string | undefined;
    worker.on('error', (error) => (reason = error instanceof Error ? error.message : String(error)));
    worker.on('messageerror', (error) => (reason = error.message));
    worker.on('exit', (status) => {
      const why = reason ?? `it ended with status ${status}`;
      if (!ready) reject(threadFailure(why));
      else if (!closing) events.died(why);
    });
    worker.on('message', (message: FromDecoder) => {
      if (message.kind === 'refused') reject(errorFrom(message.error));
      else if (message.kind !== 'ready') events.said(message);
      else {
        ready = true;
        resolve(
          handleOf(worker, message, {
            closing: () => (closing = true),
            killing: (why) => (reason ??= why),
          }),
        );
      }
    });
  });
}

/** The error of an answer that a dying thread took with it. */
export function threadFailure(reason: string): FramenestError {
  return new FramenestError('HOST_FAILED', {
    what: `The thread of the local model died: ${reason}.`,
    mend: 'Ask again; if it dies again, check the free memory and the files of the model.',
  });
}

function handleOf(
  worker: Worker,
  { shape, contextTokens }: Extract<FromDecoder, { kind: 'ready' }>,
  marks: { closing: () => void; killing: (reason: string) => void },
): DecoderThread {
  const send = (message: ToDecoder, moved: readonly ArrayBuffer[] = []): void => worker.postMessage(message, moved);
  return {
    shape,
    contextTokens,
    ask: (request) => send(request, [request.ids.buffer, ...request.frames.map(({ values }) => values.buffer)]),
    stop: (id) => send({ kind: 'stop', id }),
    hold: (on) => (on ? worker.ref() : worker.unref()),
    kill: (reason) => {
      marks.killing(reason);
      void worker.terminate();
    },
    close: async () => {
      marks.closing();
      worker.ref();
      const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      send({ kind: 'close' });
      const timer = setTimeout(() => void worker.terminate(), closeGraceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
