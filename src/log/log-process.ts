import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LogAnswer, LogRequest } from './log-message.ts';

/** An ended process has so long to go, milliseconds; then it is killed. */
const PATIENCE_MS = 10_000;

/**
 * The process that writes the database, so that a slow disk does not hold up this one, and a full one does not end it: LMDB
 * spoils its own memory where a write fails in the middle of a transaction. Where it ends, what was asked has failed, and
 * the next request starts another one.
 */
export class LogProcess {
  readonly #dir: string;
  readonly #lock: number;
  readonly #waiting: ((answer: LogAnswer) => void)[] = [];
  #child: ChildProcess | undefined;
  #closed = false;
  /** How opening went. */
  readonly opened: Promise<LogAnswer>;

  /**
   * @param lock - the open file that holds the folder's lock: the process keeps it too, so that nobody else writes before
   * it has gone
   */
  constructor(dir: string, lock: number) {
    this.#dir = dir;
    this.#lock = lock;
    this.opened = new Promise((resolve) => this.#waiting.push(resolve));
    this.#child = this.#start('recover');
  }

  /** Requests run one after the other. Never rejects. */
  ask(request: LogRequest): Promise<LogAnswer> {
    if (this.#closed) return Promise.resolve(failed('its writer was closed'));
    if (!this.#child) {
      // Its first answer tells how opening went; if badly, the request fails too.
      this.#waiting.push(() => undefined);
      // The journals of this process are asked for one by one; the open one is not to be touched.
      this.#child = this.#start('go on');
    }
    const child = this.#child;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      child.send(request, (error) => error && this.#end(child, error.message));
    });
  }

  /** Ends the process, after what was asked. */
  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    if (!child) return;
    const exited = once(child, 'exit');
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    // It ends with its channel, as it does where this process is killed.
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(late);
  }

  #start(how: 'recover' | 'go on'): ChildProcess {
    const program = fileURLToPath(new URL('./log-worker.js', import.meta.url));
    const child = fork(program, [this.#dir, how], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', this.#lock],
      serialization: 'advanced',
      execArgv: [],
    });
    child.on('message', (answer: LogAnswer) => {
      this.#waiting.shift()?.(answer);
      // It ends by itself then: what is sent to it from now on would be lost.
      if (answer.type === 'failed') this.#end(child, 'its writer has ended');
    });
    child.on('error', ({ message }: Error) => this.#end(child, message));
    child.on('exit', () => this.#end(child, 'its writer has ended'));
    return child;
  }

  #end(child: ChildProcess, message: string): void {
    if (child !== this.#child) return;
    if (!this.#closed) this.#child = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve(failed(message));
  }
}

function failed(message: string): LogAnswer {
  return { type: 'failed', message, full: false };
}
