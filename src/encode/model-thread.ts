import { Worker } from 'node:worker_threads';
import { errorFrom } from '../errors.ts';
import type { ErrorRecord, FramenestError } from '../errors.ts';

/** How long a thread may take to free its model before it is ended, milliseconds. */
const CLOSE_MS = 5_000;

interface Refused {
  readonly kind: 'refused';
  readonly error: ErrorRecord;
}

/** What a thread says: `ready` or `refused` when it has tried to load its model, then what it was made for. */
interface Message {
  readonly kind: string;
}
type Ready<From> = Extract<From, { kind: 'ready' }>;
type Said<From> = Exclude<From, { kind: 'ready' | 'refused' }>;

/** What a thread tells the one who started it. */
export interface ModelThreadEvents<From extends Message> {
  /** A message after `ready`. */
  readonly said: (message: Said<From>) => void;
  /** The thread is gone without having been asked, after `ready`. Called once, after the last `said`. */
  readonly died: (reason: string) => void;
  /** The error of a thread that died before `ready`. */
  readonly failure: (reason: string) => FramenestError;
}

/**
 * A bare worker thread.
 * @param script compiled module that it runs
 * @param setup its `workerData`, copied
 */
export function newModelWorker(script: URL, setup: unknown): Worker {
  // Flags of this process such as --input-type would keep the thread from starting.
  return new Worker(script, { workerData: setup, execArgv: [] });
}

/**
 * The main thread's side of a worker thread that owns one model: its start, its end and the messages between.
 * `To` and `From` are the messages to it and from it; it ends itself when it is told `close`.
 */
export class ModelThread<To, From extends Message> {
  /**
   * What it says once it has loaded the model.
   * @throws FramenestError what it was refused with; `failure` where it dies while loading, or as soon as it has loaded
   */
  readonly ready: Promise<Ready<From>>;
  readonly #worker: Worker;
  #reason: string | undefined;
  #closing = false;

  /** @param worker just made, by {@link newModelWorker} */
  constructor(worker: Worker, { said, died, failure }: ModelThreadEvents<From>) {
    this.#worker = worker;
    this.ready = new Promise((resolve, reject) => {
      let ready = false;
      worker.on('error', (error) => (this.#reason = error instanceof Error ? error.message : String(error)));
      worker.on('messageerror', (error) => (this.#reason = error.message));
      worker.on('exit', (status) => {
        const reason = this.#reason ?? `it ended with status ${status}`;
        if (!ready) reject(failure(reason));
        else if (!this.#closing) died(reason);
      });
      worker.on('message', (message: Ready<From> | Refused | Said<From>) => {
        if (isRefused(message)) reject(errorFrom(message.error));
        else if (!isReady<From>(message)) said(message);
        else {
          // Its first word and its end can come in one go: then it was never ready.
          queueMicrotask(() => {
            ready = true;
            resolve(message);
          });
        }
      });
    });
  }

  /** Sends a message; the buffers in `moved` go to the thread. */
  send(message: To | { readonly kind: 'close' }, moved: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved);
  }

  /** Whether the thread alone keeps the process alive. It does until it is told otherwise. */
  hold(on: boolean): void {
    if (on) this.#worker.ref();
    else this.#worker.unref();
  }

  /** Ends the thread at once, in the middle of a run if need be; `died` follows, with this reason. */
  kill(reason: string): void {
    this.#reason ??= reason;
    void this.#worker.terminate();
  }

  /** Lets the thread free the model after the run in progress, then ends it. */
  async close(): Promise<void> {
    this.#closing = true;
    this.hold(true);
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.send({ kind: 'close' });
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_MS);
    await ended;
    clearTimeout(timer);
  }
}

function isRefused(message: Message): message is Refused {
  return message.kind === 'refused';
}

function isReady<From extends Message>(message: Ready<From> | Said<From>): message is Ready<From> {
  return (message as Message).kind === 'ready';
}
