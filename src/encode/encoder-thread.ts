import { Worker } from 'node:worker_threads';
import { FramenestError, errorFrom } from '../errors.ts';
import type { FrameResult, FromWorker, ToWorker, WorkerSetup } from './worker/messages.ts';

/** How long a thread may take to free the model before it is ended, milliseconds. */
const closeGraceMs = 5_000;

/** What a running thread tells the one who started it. */
export interface ThreadEvents {
  readonly encoded: (id: number, results: readonly FrameResult[]) => void;
  /** The thread is gone without having been asked. Called once, after the last `encoded`. */
  readonly died: (reason: string) => void;
}

/** A thread that has loaded the model and waits for frames. */
export interface EncoderThread {
  readonly device: string;
  /** Frames in one run at most. */
  readonly maxBatch: number;
  /** Sends one batch; the answer comes as `encoded`. The frames are copied, the caller keeps its buffers. */
  encode(id: number, frames: readonly Uint8Array<ArrayBuffer>[], sides: readonly number[]): void;
  /** Whether the thread alone keeps the process alive. */
  hold(on: boolean): void;
  /** Frees the model after the run in progress, then ends the thread. */
  close(): Promise<void>;
}

/** Starts a thread; tests pass their own to reach the thread behind it. */
export type StartThread = (setup: WorkerSetup, events: ThreadEvents) => Promise<EncoderThread>;

/**
 * Starts a thread that owns one model, ready to run.
 * @throws FramenestError ENCODER_MISMATCH, DEVICE_UNAVAILABLE; ENCODER_FAILED where the thread dies while loading
 */
export const startThread: StartThread = (setup, events) => startWorker(newWorker(setup), events);

/** The bare worker thread of {@link startThread}. */
export function newWorker(setup: WorkerSetup): Worker {
  // Flags of this process such as --input-type would keep the thread from starting.
  return new Worker(new URL('./worker/encoder-worker.js', import.meta.url), { workerData: setup, execArgv: [] });
}

/** Waits until `worker`, from {@link newWorker}, is ready. */
export function startWorker(worker: Worker, events: ThreadEvents): Promise<EncoderThread> {
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
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'encoded') events.encoded(message.id, message.results);
      else if (message.kind === 'refused') reject(errorFrom(message.error));
      else {
        ready = true;
        resolve(handleOf(worker, message, () => (closing = true)));
      }
    });
  });
}

/** The error of calls that a dying thread took with it. */
export function threadFailure(reason: string): FramenestError {
  return new FramenestError('ENCODER_FAILED', {
    what: `The encoder thread died: ${reason}.`,
    mend: 'Try again; if it dies again, check the free memory and the model file.',
  });
}

function handleOf(
  worker: Worker,
  { device, maxBatch }: Extract<FromWorker, { kind: 'ready' }>,
  markClosing: () => void,
): EncoderThread {
  const send = (message: ToWorker): void => worker.postMessage(message);
  return {
    device,
    maxBatch,
    encode: (id, frames, sides) => send({ kind: 'encode', id, frames, sides }),
    hold: (on) => (on ? worker.ref() : worker.unref()),
    close: async () => {
      markClosing();
      worker.ref();
      const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      send({ kind: 'close' });
      const timer = setTimeout(() => void worker.terminate(), closeGraceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
