import { Worker } from 'node:worker_threads';
import { FramenestError, errorFrom } from '../errors.ts';
import type { PatchProjection } from '../scales/query-projection.ts';
import type { FromTextWorker, TextSetup, ToTextWorker } from './worker/text-messages.ts';

/** How long the thread may take to free the model before it is ended, milliseconds. */
const CLOSE_MS = 5_000;

type Embedding = Float32Array<ArrayBuffer>;

interface Call {
  readonly resolve: (embedding: Embedding) => void;
  readonly reject: (error: FramenestError) => void;
}

/** A thread that has loaded a text tower and waits for texts. It does not keep the process alive while it waits. */
export class TextThread {
  readonly projection: PatchProjection;
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #next = 0;
  #over: FramenestError | undefined;

  private constructor(worker: Worker, projection: PatchProjection) {
    this.projection = projection;
    this.#worker = worker;
    worker.on('message', (message: FromTextWorker) => this.#take(message));
    worker.on('error', (error) => this.#end(died(error instanceof Error ? error.message : String(error))));
    worker.on('exit', (status) => this.#end(died(`it ended with status ${status}`)));
    worker.unref();
  }

  /**
   * Starts a thread.
   * @throws FramenestError ENCODER_MISMATCH where files and card do not fit; ENCODER_FAILED where the thread dies
   */
  static start(setup: TextSetup): Promise<TextThread> {
    // Flags of this process such as --input-type would keep the thread from starting.
    const worker = new Worker(new URL('./worker/text-worker.js', import.meta.url), { workerData: setup, execArgv: [] });
    return new Promise((resolve, reject) => {
      worker.once('error', (error) => reject(died(error instanceof Error ? error.message : String(error))));
      worker.once('exit', (status) => reject(died(`it ended with status ${status}`)));
      worker.once('message', (message: FromTextWorker) => {
        if (message.kind === 'ready') resolve(new TextThread(worker, message.projection));
        else reject(message.kind === 'refused' ? errorFrom(message.error) : died('it did not begin'));
      });
    });
  }

  /** Whether it can be asked no more. */
  get over(): boolean {
    return this.#over !== undefined;
  }

  /** @throws FramenestError ENCODER_MISMATCH, ENCODER_FAILED, ABORTED */
  embed(query: string): Promise<Embedding> {
    if (this.#over) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#calls.set(id, { resolve, reject });
      this.#worker.ref();
      this.#say({ kind: 'embed', id, query });
    });
  }

  /** Rejects every call with `reason`, frees the model after the run in progress and ends the thread. */
  async close(reason: FramenestError): Promise<void> {
    const gone = this.#over !== undefined;
    this.#end(reason);
    if (gone) return;
    this.#worker.ref();
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#say({ kind: 'close' });
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_MS);
    await ended;
    clearTimeout(timer);
  }

  #say(message: ToTextWorker): void {
    this.#worker.postMessage(message);
  }

  #take(message: FromTextWorker): void {
    if (message.kind !== 'embedded' && message.kind !== 'failed') return;
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (this.#calls.size === 0 && !this.#over) this.#worker.unref();
    if (message.kind === 'embedded') call?.resolve(message.embedding);
    else call?.reject(errorFrom(message.error));
  }

  #end(reason: FramenestError): void {
    this.#over ??= reason;
    for (const call of this.#calls.values()) call.reject(this.#over);
    this.#calls.clear();
  }
}

function died(reason: string): FramenestError {
  return new FramenestError('ENCODER_FAILED', {
    what: `The thread of the text tower died: ${reason}.`,
    mend: 'Ask again; if it dies again, check the free memory and the model file.',
  });
}
