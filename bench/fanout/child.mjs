import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process of ours that answers calls, see parent.mjs. */
export class Child {
  #process;
  #waiting = new Map();
  #calls = 0;

  /** Starts a script of this folder; `greeting` is what it said first. */
  static async start(script, ...args) {
    const child = new Child();
    child.greeting = await new Promise((resolve, reject) => {
      child.#waiting.set(0, resolve);
      child.#process = fork(fileURLToPath(new URL(script, import.meta.url)), args, { execArgv: process.execArgv });
      child.#process.on('message', ({ id, result }) => {
        child.#waiting.get(id)?.(result);
        child.#waiting.delete(id);
      });
      child.#process.on('exit', (code) => {
        const error = new Error(`${script} ended with ${code}.`);
        reject(error);
        if (!child.stopped) throw error;
      });
    });
    return child;
  }

  call(name, value) {
    const id = ++this.#calls;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#process.send({ id, name, value });
    });
  }

  stop() {
    this.stopped = true;
    this.#process.disconnect();
  }
}
