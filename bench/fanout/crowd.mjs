import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.mjs';

/** Subscribers in a few processes, so that their work is not the server's. */
export class Crowd {
  #children;

  static async start(processes) {
    const crowd = new Crowd();
    const starts = Array.from({ length: processes }, () => Child.start('subscribers.mjs'));
    crowd.#children = await Promise.all(starts);
    return crowd;
  }

  /** So many subscribers, spread over the processes. */
  async join(name, count, url, stream) {
    const { length } = this.#children;
    const share = (i) => Math.floor((count + i) / length);
    await this.#all('join', (i) => ({ name, count: share(i), url, stream }));
  }

  leave = (name) => this.#all('leave', () => name);

  start = (name) => this.#all('run', () => ({ name, on: true }));

  /** Resolves once nothing comes any more. */
  async stop(name) {
    await this.#all('run', () => ({ name, on: false }));
    await this.settled(name);
  }

  async settled(name) {
    for (let before = -1, now = 0; now !== before; await sleep(200)) [before, now] = [now, await this.bytes(name)];
  }

  hang = (name) => this.#all('hang', () => name);

  async bytes(name) {
    const counts = await this.#all('bytes', () => name);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  measure = (name) => this.#all('measure', () => name);

  /** Since `measure`: latencies of all packets, milliseconds, in ascending order; and frames that were let go so far. */
  async measured(name) {
    const parts = await this.#all('measured', () => name);
    const latencies = Float64Array.from(parts.flatMap((part) => part.latencies)).sort();
    return { latencies, gaps: parts.reduce((sum, { gaps }) => sum + gaps, 0) };
  }

  /** Seconds of processor time so far. */
  async cpu() {
    const usages = await this.#all('usage', () => undefined);
    return usages.reduce((sum, { cpu }) => sum + (cpu.user + cpu.system) / 1e6, 0);
  }

  end() {
    for (const child of this.#children) child.stop();
  }

  #all(name, valueOf) {
    return Promise.all(this.#children.map((child, i) => child.call(name, valueOf(i))));
  }
}
