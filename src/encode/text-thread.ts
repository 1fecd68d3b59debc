import { FramenestError, errorFrom } from '../errors.ts';
import type { PatchProjection } from '../scales/query-projection.ts';
import { ModelThread, newModelWorker } from './model-thread.ts';
import type { FromTextWorker, TextSetup, ToTextWorker } from './worker/text-messages.ts';

type Embedding = Float32Array<ArrayBuffer>;
type Answer = Exclude<FromTextWorker, { kind: 'ready' | 'refused' }>;

interface Call {
  readonly resolve: (embedding: Embedding) => void;
  readonly reject: (error: FramenestError) => void;
}

/** A thread that has loaded a text tower and waits for texts. It does not keep the process alive while it waits. */
export class TextThread {
  readonly #thread: ModelThread<ToTextWorker, FromTextWorker>;
  readonly #calls = new Map<number, Call>();
  #next = 0;
  #over: FramenestError | undefined;

  private constructor(setup: TextSetup) {
    this.#thread = new ModelThread(newModelWorker(new URL('./worker/text-worker.js', import.meta.url), setup), {
      said: (message) => this.#take(message),
      died: (reason) => this.#end(failure(reason)),
      failure,
    });
  }

  /**
   * Starts a thread.
   * @throws FramenestError ENCODER_MISMATCH where files and card do not fit; ENCODER_FAILED where the thread dies
   */
  static async start(setup: TextSetup): Promise<TextThread> {
    const text = new TextThread(setup);
    await text.#thread.ready;
    text.#thread.hold(false);
    return text;
  }

  /** The map from patches to the space of the embeddings. */
  async projection(): Promise<PatchProjection> {
    return (await this.#thread.ready).projection;
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
      this.#thread.hold(true);
      this.#thread.send({ kind: 'embed', id, query });
    });
  }

  /** Rejects every call with `reason`, frees the model after the run in progress and ends the thread. */
  async close(reason: FramenestError): Promise<void> {
    const gone = this.#over !== undefined;
    this.#end(reason);
    if (!gone) await this.#thread.close();
  }

  #take(message: Answer): void {
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (this.#calls.size === 0 && !this.#over) this.#thread.hold(false);
    if (message.kind === 'embedded') call?.resolve(message.embedding);
    else call?.reject(errorFrom(message.error));
  }

  #end(reason: FramenestError): void {
    this.#over ??= reason;
    for (const call of this.#calls.values()) call.reject(this.#over);
    this.#calls.clear();
  }
}

function failure(reason: string): FramenestError {
  return new FramenestError('ENCODER_FAILED', {
    what: `The thread of the text tower died: ${reason}.`,
    mend: 'Ask again; if it dies again, check the free memory and the model file.',
  });
}
