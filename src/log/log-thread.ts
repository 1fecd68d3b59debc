import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LogAnswer, LogRequest, LogThreadData } from './log-message.ts';

/**
 * The thread that writes the database, so that a slow disk does not hold up the process. Where it dies, what was asked has
 * failed, and the next request starts another one.
 */
export class LogThread {
  readonly #dir: string;
  readonly #waiting: ((answer: LogAnswer) => void)[] = [];
  #worker: Worker | undefined;
  #closed = false;
  /** How opening went. */
  readonly opened: Promise<LogAnswer>;

  constructor(dir: string) {
    this.#dir = dir;
    this.opened = new Promise((resolve) => this.#waiting.push(resolve));
    this.#worker = this.#start({ dir, recover: true });
  }

  /** Requests run one after the other. Never rejects. */
  ask(request: LogRequest): Promise<LogAnswer> {
    if (this.#closed) return Promise.resolve(failed('its thread was closed'));
    if (!this.#worker) {
      // Its first answer tells how opening went; if badly, the request fails too.
      this.#waiting.push(() => undefined);
      // The journals of this process are asked for one by one; the open one is not to be touched.
      this.#worker = this.#start({ dir: this.#dir, recover: false });
    }
    const worker = this.#worker;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      worker.postMessage(request);
    });
  }

  /** Ends the thread, after what was asked. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    const exited = once(worker, 'exit');
    await worker.terminate();
    await exited.catch(() => undefined);
  }

  #start(workerData: LogThreadData): Worker {
    const worker = new Worker(new URL('./log-worker.js', import.meta.url), { workerData, execArgv: [] });
    worker.on('message', (answer: LogAnswer) => this.#waiting.shift()?.(answer));
    worker.on('error', ({ message }: Error) => this.#end(worker, message));
    worker.on('exit', () => this.#end(worker, 'its thread has ended'));
    return worker;
  }

  #end(worker: Worker, message: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve(failed(message));
  }
}

function failed(message: string): LogAnswer {
  return { type: 'failed', message, full: false };
}
