import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LogAnswer, LogRequest } from './log-message.ts';

/** The thread that writes the database, so that a slow disk does not hold up the process. */
export class LogThread {
  readonly #worker: Worker;
  readonly #waiting: ((answer: LogAnswer) => void)[] = [];
  #ended = false;
  /** How opening went. */
  readonly opened: Promise<LogAnswer>;

  constructor(dir: string) {
    this.#worker = new Worker(new URL('./log-worker.js', import.meta.url), { workerData: dir, execArgv: [] });
    this.#worker.on('message', (answer: LogAnswer) => this.#waiting.shift()?.(answer));
    this.#worker.on('error', ({ message }: Error) => this.#end(message));
    this.#worker.on('exit', () => this.#end('its thread has ended'));
    this.opened = new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Requests run one after the other. Never rejects. */
  ask(request: LogRequest): Promise<LogAnswer> {
    if (this.#ended) return Promise.resolve({ type: 'failed', message: 'its thread has ended', full: false });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage(request);
    });
  }

  /** Ends the thread, after what was asked. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const exited = once(this.#worker, 'exit');
    await this.#worker.terminate();
    await exited.catch(() => undefined);
  }

  #end(message: string): void {
    this.#ended = true;
    for (const resolve of this.#waiting.splice(0)) resolve({ type: 'failed', message, full: false });
  }
}
