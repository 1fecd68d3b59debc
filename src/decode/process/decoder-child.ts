import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PipeEnd } from '../pipe-end.ts';
import type { FromDecoder, ToDecoder } from './messages.ts';

/** How long a decoder process may take to close its input before it is killed, milliseconds. */
const graceMs = 2000;

/** A camera's frames are short-lived and its heap is small: V8 need not keep room for more. Megabytes. */
const heap = ['--max-old-space-size=128', '--max-semi-space-size=1'];

/** The descriptor after stdin, stdout and stderr. */
const framePipe = 3;

const program = fileURLToPath(new URL('./decoder-process.js', import.meta.url));

function start(): ChildProcess {
  return fork(program, [], {
    execArgv: heap,
    // fd 3 carries the frames. Nothing of it reaches our own output: native code writes what it likes there.
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ipc'],
    // Threads of the decoder and of libuv; an arena for each would cost some megabytes each.
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
  });
}

/** A decoder process: its messages, its pipe, its end. */
export class DecoderChild {
  /** What it writes to its pipe; unread, it holds the process back. */
  readonly frames = new PipeEnd();
  /** Resolves, when the process is gone, with what ended it: `SIGSEGV`, `exit code 1`. Never rejects. */
  readonly gone: Promise<string>;
  readonly #child: ChildProcess;
  readonly #pipe: Readable;
  #isGone = false;
  #ending: Promise<void> | undefined;

  /** Starts it. `onMessage` gets every message in order. */
  constructor(onMessage: (message: FromDecoder) => void) {
    this.#child = start();
    this.#pipe = this.#child.stdio[framePipe] as Readable;
    this.#pipe.on('error', () => this.frames.abandon());
    this.#pipe.pipe(this.frames);
    this.#child.on('message', (message) => onMessage(message as FromDecoder));
    this.gone = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`not started, ${error.message}`));
      this.#child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    void this.gone.then(() => (this.#isGone = true));
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a message; one to a process that is gone goes nowhere. */
  send(message: ToDecoder): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Asks it to close its input and end, kills it when that takes too long, and waits until it is gone. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** Ends it at once and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.end();
  }

  async #end(): Promise<void> {
    this.send({ kind: 'close' });
    this.frames.discard();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    if (!this.#isGone) await this.gone;
    clearTimeout(timer);
    this.#pipe.destroy();
    if (this.#child.connected) this.#child.disconnect();
  }
}
