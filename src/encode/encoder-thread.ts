import type { Worker } from 'node:worker_threads';
import { FramenestError } from '../errors.ts';
import { ModelThread, newModelWorker } from './model-thread.ts';
import type { FrameResult, FromWorker, ToWorker, WorkerSetup } from './worker/messages.ts';

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
  return newModelWorker(new URL('./worker/encoder-worker.js', import.meta.url), setup);
}

/** Waits until `worker`, from {@link newWorker}, is ready. */
export async function startWorker(worker: Worker, { encoded, died }: ThreadEvents): Promise<EncoderThread> {
  const thread = new ModelThread<ToWorker, FromWorker>(worker, {
    said: ({ id, results }) => encoded(id, results),
    died,
    failure: threadFailure,
  });
  const { device, maxBatch } = await thread.ready;
  return {
    device,
    maxBatch,
    encode: (id, frames, sides) => thread.send({ kind: 'encode', id, frames, sides }),
    hold: (on) => thread.hold(on),
    close: () => thread.close(),
  };
}

/** The error of calls that a dying thread took with it. */
export function threadFailure(reason: string): FramenestError {
  return new FramenestError('ENCODER_FAILED', {
    what: `The encoder thread died: ${reason}.`,
    mend: 'Try again; if it dies again, check the free memory and the model file.',
  });
}
