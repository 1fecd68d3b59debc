import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ChildProcess } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DurableLog } from '#dist/log/durable-log.js';
import { Acknowledger } from '#dist/server/acknowledger.js';
import type { Acknowledged } from '#dist/server/acknowledger.js';
import { sleep, until } from '../support/sleep.ts';
import { content, folder, has, openStore, packet } from './log-rig.ts';
import { fillDisk, smallDisk } from './small-disk.ts';

const SIZE = 50_000;
const LARGE = 1_500_000;

async function append(log: DurableLog, packets: number, size = SIZE): Promise<void> {
  for (let i = 0; i < packets; i++) await log.append(packet(log.next, { size }));
}

/** Sequences that a log has, each checked byte for byte. */
function kept(log: DurableLog, size = SIZE): number[] {
  const sequences: number[] = [];
  for (let i = log.oldest; i < log.next; i = log.seek(i + 1)) {
    expect(has(log.get(i), content(i, size))).toBe(true);
    sequences.push(i);
  }
  return sequences;
}

const upTo = (next: number): number[] => Array.from({ length: next }, (_, i) => i);

describe('a disk that is full, and then is not', () => {
  test('is refused, and taken once there is room', async (context) => {
    const dir = await smallDisk(16);
    if (dir === undefined) return context.skip('this process may not mount a disk');
    const free = fillDisk(dir);
    const failed = await openStore(dir).catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ code: 'OUTPUT_FAILED' });
    free();
    const { store } = await openStore(dir);
    await append(store.log('s'), 1);
    expect(await store.log('s').synced(0)).toBe(true);
  });

  test('counts what fell out of memory meanwhile, never acknowledges it, and has the rest', async (context) => {
    const dir = await smallDisk(96);
    if (dir === undefined) return context.skip('this process may not mount a disk');
    const { store } = await openStore(dir);
    const log = store.log('s');
    await append(log, 1);
    expect(await log.synced(0)).toBe(true);
    const free = fillDisk(dir);
    // 32 MiB wait in memory at most: these are 48.
    await append(log, 1000);
    const lost = log.missing(0, log.next);
    expect(lost).toBeGreaterThan(200);
    const hole = upTo(log.next).find((i) => log.missing(i, i) === 1) ?? NaN;
    expect(await log.synced(hole)).toBe(false);
    free();
    expect(await log.synced(log.next - 1)).toBe(true);
    expect(log.missing(0, log.next)).toBe(lost);

    const told: Acknowledged[] = [];
    const acks = new Acknowledger((_, acknowledged) => told.push(acknowledged));
    acks.ack('s', log, hole);
    acks.ack('s', log, log.next - 1);
    await until(() => told.length > 0);
    expect(told).toEqual([{ sequence: log.next - 1, lost }]);
    const there = kept(log);
    expect(there).toEqual(upTo(log.next).filter((i) => i >= log.oldest && log.missing(i, i) === 0));
    await store.close();
    const { store: again } = await openStore(dir);
    expect(kept(again.log('s'))).toEqual(there);
  });
});

interface Spawning {
  spawn: (this: ChildProcess, options: object) => number;
}

/** The processes that write logs, from now on. */
class Writers {
  readonly #all: ChildProcess[] = [];
  #dying = false;

  constructor() {
    const prototype = ChildProcess.prototype as unknown as Spawning;
    const { spawn } = prototype;
    const seen = (child: ChildProcess): void => this.#seen(child);
    prototype.spawn = function (this: ChildProcess, options) {
      const result = spawn.call(this, options);
      seen(this);
      return result;
    };
    onTestFinished(() => void (prototype.spawn = spawn));
  }

  /** The newest one dies. */
  async kill(): Promise<void> {
    const writer = this.#all.at(-1);
    if (!writer) throw new Error('No writer was ever started.');
    const gone = writer.exitCode === null && writer.signalCode === null ? once(writer, 'exit') : undefined;
    writer.kill('SIGKILL');
    await gone;
  }

  /** From now on each one dies as it is started. @returns ends that */
  async killAll(): Promise<() => void> {
    this.#dying = true;
    await this.kill();
    return () => void (this.#dying = false);
  }

  #seen(child: ChildProcess): void {
    if (!child.spawnargs.some((arg) => arg.endsWith('log-worker.js'))) return;
    this.#all.push(child);
    if (this.#dying) child.kill('SIGKILL');
  }
}

describe('a log whose writer dies', () => {
  test('starts another one, which has everything', async () => {
    const dir = await folder();
    const writers = new Writers();
    const { store, troubles } = await openStore(dir);
    const log = store.log('s');
    await append(log, 10);
    for (let round = 0; round < 3; round++) {
      await writers.kill();
      await append(log, 10);
      expect(await log.synced(log.next - 1)).toBe(true);
    }
    expect(troubles.map(({ code }) => code)).toEqual(troubles.map(() => 'OUTPUT_FAILED'));
    await store.close();
    const { store: again } = await openStore(dir);
    expect(kept(again.log('s'))).toEqual(upTo(40));
  });

  test('acknowledges nothing while none lives, and then once, with everything there', async () => {
    const writers = new Writers();
    const dir = await folder();
    const { store, troubles } = await openStore(dir);
    const log = store.log('s');
    const told: Acknowledged[] = [];
    const acks = new Acknowledger((_, acknowledged) => told.push(acknowledged));
    await append(log, 3);
    acks.ack('s', log, 2);
    await until(() => told.length === 1);
    const live = await writers.killAll();
    await append(log, 60);
    await until(() => store.failing !== undefined);
    for (let i = 0; i < 500; i++) acks.ack('s', log, 40 + (i % 23));
    await sleep(1500);
    expect(told).toHaveLength(1);
    expect(await log.synced(62, AbortSignal.timeout(400))).toBe(false);
    expect(kept(log)).toEqual(upTo(63));
    live();
    await until(() => told.some(({ sequence }) => sequence === 62));
    // Five hundred asked; what waited and the newest are answered.
    expect(told.length).toBeLessThanOrEqual(3);
    expect(told.every(({ lost }) => lost === 0)).toBe(true);
    expect(troubles).toHaveLength(1);
    expect(store.failing).toBeUndefined();
    await store.close();
    const { store: again } = await openStore(dir);
    expect(kept(again.log('s'))).toEqual(upTo(63));
  });

  test('says nothing more to a session that has ended meanwhile', async () => {
    const writers = new Writers();
    const { store } = await openStore(await folder());
    const log = store.log('s');
    const live = await writers.killAll();
    await append(log, 3);
    const told: Acknowledged[] = [];
    const acks = new Acknowledger((_, acknowledged) => told.push(acknowledged));
    acks.ack('s', log, 2);
    acks.end();
    live();
    expect(await log.synced(2)).toBe(true);
    await sleep(300);
    expect(told).toEqual([]);
  });

  test('writes no more than 160 MiB of journals while none lives', async () => {
    const writers = new Writers();
    const dir = await folder();
    const { store } = await openStore(dir);
    const log = store.log('s');
    await append(log, 1, LARGE);
    expect(await log.synced(0)).toBe(true);
    const live = await writers.killAll();
    await append(log, 150, LARGE);
    const bytes = readdirSync(dir)
      .filter((name) => name.startsWith('journal-'))
      .reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
    expect(bytes).toBeGreaterThan(100 << 20);
    expect(bytes).toBeLessThan(160 << 20);
    expect(log.missing(0, log.next)).toBeGreaterThan(0);
    live();
    expect(await log.synced(log.next - 1)).toBe(true);
    expect(kept(log, LARGE)).toEqual(upTo(log.next).filter((i) => log.missing(i, i) === 0));
  });
});
