import { availableParallelism } from 'node:os';
import { FramenestError } from '../errors.ts';
import type { ResolvedEncoder, ResolveOptions } from './resolve-encoder.ts';
import type { Device, WorkerSetup } from './worker/messages.ts';

/** How an encoder runs. */
export interface RunOptions {
  /** Default `auto`: the CPU, or a GPU where one is present and faster. */
  readonly device?: Device | undefined;
  /** Frames in one run at most. Default: 1 on the CPU, 4 on WebGPU, 8 on CUDA. */
  readonly maxBatch?: number | undefined;
  /**
   * While the encoder is busy, an incomplete batch waits for more frames, at most so long from its oldest call;
   * milliseconds up to 1000, 0 for never. An encoder that has nothing to do takes what there is. Of no effect where `maxBatch` is 1.
   * Default 5.
   */
  readonly batchWaitMs?: number | undefined;
  /** CPU threads, of all lanes together. Default: one a core. */
  readonly threads?: number | undefined;
  /** Copies of the model side by side on the CPU. Default: 2 where there are cores for it and the model is small. */
  readonly lanes?: number | undefined;
  /** Calls that may wait at a time, beyond those in the encoder thread; further ones are refused. Default 256. */
  readonly maxWaiting?: number | undefined;
}

/** How to find an encoder and how to run it. */
export interface EncoderOptions extends ResolveOptions, RunOptions {}

/** What an encoder did so far. */
export interface EncoderCounters {
  /** Frames whose features were given out. */
  readonly frames: number;
  /** Runs of the model for these frames. */
  readonly batches: number;
  /** Calls that wait for the thread now. */
  readonly waiting: number;
  /** Calls refused because too many waited. */
  readonly refused: number;
  /** Threads that died and were replaced, or not. */
  readonly deaths: number;
}

/**
 * What a thread is started with.
 * @throws FramenestError OPTION_INVALID
 */
export function setupOf({ modelPath, card }: ResolvedEncoder, options: RunOptions): WorkerSetup {
  return {
    modelPath,
    card,
    device: options.device ?? 'auto',
    threads: positive('threads', options.threads) ?? availableParallelism(),
    maxBatch: positive('maxBatch', options.maxBatch),
  };
}

/**
 * The option `batchWaitMs`, or its default.
 * @throws FramenestError OPTION_INVALID
 */
export function batchWaitOf({ batchWaitMs = 5 }: RunOptions): number {
  if (batchWaitMs >= 0 && batchWaitMs <= 1000) return batchWaitMs;
  throw new FramenestError('OPTION_INVALID', {
    what: `The encoder option batchWaitMs is ${batchWaitMs}.`,
    mend: 'Give milliseconds from 0 to 1000.',
  });
}

/**
 * Passes a whole number greater than 0, or undefined, through.
 * @throws FramenestError OPTION_INVALID naming the option
 */
export function positive(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value > 0)) return value;
  throw new FramenestError('OPTION_INVALID', {
    what: `The encoder option ${name} is ${value}.`,
    mend: 'Give a whole number greater than 0.',
  });
}
