import { FramenestError } from '../errors.ts';
import type { PatchGrid } from '../media/patch-grid.ts';
import type { EncoderFacts, VisionEncoder } from '../media/vision-encoder.ts';
import { BatchWait } from './batch-wait.ts';
import { startThread, threadFailure } from './encoder-thread.ts';
import type { EncoderThread, StartThread } from './encoder-thread.ts';
import { batchWaitOf, positive, setupOf } from './run-options.ts';
import type { EncoderCounters, RunOptions } from './run-options.ts';
import type { ResolvedEncoder } from './resolve-encoder.ts';
import type { FrameResult, WorkerSetup } from './worker/messages.ts';

/** Batches in the thread at a time: one runs while the next one lies ready. */
const batchesAhead = 2;

/** Threads that may die one after the other, with no frame encoded between, until the encoder gives up. */
const deathsInARow = 3;

interface Call {
  readonly rgb: Uint8Array<ArrayBuffer>;
  readonly side: number;
  /** When the call was made, by `performance.now()`. */
  readonly since: number;
  readonly resolve: (grid: PatchGrid) => void;
  readonly reject: (error: FramenestError) => void;
  readonly retried: boolean;
}

/**
 * The main thread's side of an ONNX vision encoder.
 *
 * Calls made while the thread is busy go out together, up to `maxBatch`: when it has done the batch before them, when they
 * are as many as fit, or when the oldest has waited `batchWaitMs`. The thread gets a copy of each frame, the
 * encoder keeps the frame until its features are there: when the thread dies, it is replaced and the frames that it
 * had are sent once more; a frame that loses two threads is rejected with ENCODER_FAILED. An idle encoder does not
 * keep the process alive.
 */
export class OnnxEncoder implements VisionEncoder {
  readonly facts: EncoderFacts;
  /** See {@link VisionEncoder.failed}: threads die again and again, or none can be started any more. */
  readonly failed: Promise<FramenestError>;
  readonly #setup: WorkerSetup;
  readonly #start: StartThread;
  readonly #maxWaiting: number;
  readonly #batchWait: BatchWait;
  readonly #running = new Map<number, readonly Call[]>();
  readonly #counters = { frames: 0, batches: 0, refused: 0, deaths: 0 };
  #waiting: Call[] = [];
  #thread: EncoderThread | undefined;
  #restart: Promise<void> = Promise.resolve();
  #deathsInARow = 0;
  #nextBatch = 0;
  #sendPlanned = false;
  #over: FramenestError | undefined;
  #device = '';
  #maxBatch = 1;
  #tellFailed: (error: FramenestError) => void = () => undefined;

  private constructor(resolved: ResolvedEncoder, options: RunOptions, start: StartThread) {
    this.facts = resolved.facts;
    this.#start = start;
    this.#maxWaiting = positive('maxWaiting', options.maxWaiting) ?? 256;
    this.#setup = setupOf(resolved, options);
    this.#batchWait = new BatchWait(batchWaitOf(options), () => this.#send());
    this.failed = new Promise((resolve) => (this.#tellFailed = resolve));
  }

  /**
   * Loads the model, compares it with its card and runs it once.
   * @param start how to start a thread; only tests pass their own
   * @throws FramenestError OPTION_INVALID, ENCODER_MISMATCH, ENCODER_FAILED; DEVICE_UNAVAILABLE where a device was
   * asked for by name
   */
  static async start(resolved: ResolvedEncoder, options: RunOptions = {}, start = startThread): Promise<OnnxEncoder> {
    const encoder = new OnnxEncoder(resolved, options, start);
    await encoder.#startThread();
    return encoder;
  }

  /** Where it runs: `cpu`, `webgpu`, `cuda`. */
  get device(): string {
    return this.#device;
  }

  /** Frames in two batches, one that runs and one that lies ready; `maxWaiting` where that is less. */
  get capacity(): number {
    return Math.min(batchesAhead * this.#maxBatch, this.#maxWaiting);
  }

  /** A snapshot; nothing in it changes later. */
  get counters(): EncoderCounters {
    return { ...this.#counters, waiting: this.#waiting.length };
  }

  /**
   * Encodes one frame; see {@link VisionEncoder.encode}. `rgb` must be alone in its ArrayBuffer.
   * @throws FramenestError ENCODER_MISMATCH for a buffer of another size, ENCODER_FAILED where too many calls wait,
   * the model fails on the frame or threads keep dying, ABORTED after dispose
   */
  async encode(rgb: Uint8Array<ArrayBuffer>, side = this.facts.gridSide): Promise<PatchGrid> {
    this.#check(rgb, side);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rgb, side, since: performance.now(), resolve, reject, retried: false });
      this.#planSend();
    });
  }

  /** Rejects every call that waits or runs with ABORTED, and ends the thread. Safe to call twice. */
  async dispose(): Promise<void> {
    this.#end(
      new FramenestError('ABORTED', {
        what: `The encoder "${this.facts.name}" was closed.`,
        mend: 'Open it again to encode more.',
      }),
    );
    await this.#restart;
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.close();
  }

  #check(rgb: Uint8Array, side: number): void {
    if (this.#over) throw this.#over;
    if (this.facts.gridSide % side !== 0)
      throw new RangeError(`A grid of side ${this.facts.gridSide} has no side ${side}.`);
    const expected = this.facts.inputSide ** 2 * 3;
    if (rgb.length !== expected || rgb.buffer.byteLength !== expected) {
      const found = `${rgb.length} bytes in a buffer of ${rgb.buffer.byteLength}`;
      throw new FramenestError('ENCODER_MISMATCH', {
        what: `The encoder "${this.facts.name}" takes frames of ${expected} bytes alone in their buffer, got ${found}.`,
        mend: `Scale frames to ${this.facts.inputSide} × ${this.facts.inputSide} RGB24 and pass each one once.`,
      });
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      this.#counters.refused++;
      throw new FramenestError('ENCODER_FAILED', {
        what: `${this.#waiting.length} frames wait for the encoder "${this.facts.name}" already.`,
        mend: 'Wait for earlier frames before sending more, or raise maxWaiting.',
      });
    }
  }

  /** After the current tick, so that calls made together share a run. */
  #planSend(): void {
    if (this.#sendPlanned) return;
    this.#sendPlanned = true;
    queueMicrotask(() => {
      this.#sendPlanned = false;
      this.#send();
    });
  }

  #send(): void {
    const thread = this.#thread;
    if (!thread) return;
    this.#batchWait.clear();
    while (this.#running.size < batchesAhead) {
      const [oldest] = this.#waiting;
      if (!oldest) break;
      const goes = this.#waiting.length >= thread.maxBatch || this.#running.size === 0;
      if (!goes && this.#batchWait.holds(oldest.since)) break;
      const calls = this.#waiting.splice(0, thread.maxBatch);
      const id = this.#nextBatch++;
      this.#running.set(id, calls);
      thread.encode(
        id,
        calls.map((call) => call.rgb),
        calls.map((call) => call.side),
      );
    }
    thread.hold(this.#running.size > 0);
  }

  #encoded(id: number, results: readonly FrameResult[]): void {
    const calls = this.#running.get(id) ?? [];
    this.#running.delete(id);
    this.#deathsInARow = 0;
    this.#counters.batches++;
    this.#send();
    const { channels } = this.facts;
    calls.forEach((call, index) => {
      const data = results[index] ?? 'no result';
      if (typeof data === 'string') call.reject(this.#frameFailure(data));
      else {
        this.#counters.frames++;
        call.resolve({ side: call.side, channels, data });
      }
    });
  }

  #died(reason: string): void {
    this.#counters.deaths++;
    this.#deathsInARow++;
    this.#thread = undefined;
    const failure = threadFailure(reason);
    if (this.#deathsInARow >= deathsInARow) {
      this.#giveUp(failure);
      return;
    }
    const lost = [...this.#running.values()].flat();
    this.#running.clear();
    for (const call of lost) if (call.retried) call.reject(failure);
    const again = lost.filter((call) => !call.retried).map((call) => ({ ...call, retried: true }));
    this.#waiting = [...again, ...this.#waiting];
    this.#restart = this.#startThread().catch((thrown: unknown) => this.#giveUp(failureOf(thrown)));
  }

  async #startThread(): Promise<void> {
    const thread = await this.#start(this.#setup, {
      encoded: (id, results) => this.#encoded(id, results),
      died: (reason) => this.#died(reason),
    });
    this.#thread = thread;
    this.#device = thread.device;
    this.#maxBatch = thread.maxBatch;
    this.#send();
  }

  /** Says so before the calls are told: whoever has other encoders must not send the next call here. */
  #giveUp(error: FramenestError): void {
    if (!this.#over) this.#tellFailed(error);
    this.#end(error);
  }

  /** From here on every call gets `error`. */
  #end(error: FramenestError): void {
    this.#over ??= error;
    const calls = [...[...this.#running.values()].flat(), ...this.#waiting];
    this.#running.clear();
    this.#waiting = [];
    this.#batchWait.clear();
    for (const call of calls) call.reject(error);
  }

  #frameFailure(reason: string): FramenestError {
    return new FramenestError('ENCODER_FAILED', {
      what: `The encoder "${this.facts.name}" failed on a frame: ${reason}.`,
      mend: 'Try the frame again; if every frame fails, check the model with "framenest models".',
    });
  }
}

function failureOf(thrown: unknown): FramenestError {
  return thrown instanceof FramenestError ? thrown : threadFailure(String(thrown));
}
