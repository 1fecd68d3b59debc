import { LogStore } from '#dist/log/log-store.js';
import type { KeptState, LoggedPacket, PacketLog, StreamTotals } from '#dist/log/packet-log.js';
import { PacketRing } from '#dist/log/packet-ring.js';
import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packet } from './log-rig.ts';

/** A log under test, and how to have it closed and opened again, where that is something. */
interface Bench {
  log: PacketLog;
  readonly reopen: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

interface Limits {
  readonly packets: number;
  readonly bytes: number;
}

async function ringBench(limits: Limits): Promise<Bench> {
  const log = new PacketRing(limits);
  return Promise.resolve({ log, reopen: () => Promise.resolve(), remove: () => log.close() });
}

async function durableBench(limits: Limits): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), 'framenest-log-'));
  const open = (): Promise<LogStore> => LogStore.open({ dir, keep: { ...limits, ageS: 1e12 } });
  let store = await open();
  const bench = {
    log: store.log('a.stream-1') as PacketLog,
    reopen: async () => {
      await store.close();
      store = await open();
      bench.log = store.log('a.stream-1');
    },
    remove: async () => {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return bench;
}

/** What a log does, in the plainest words. */
class Model {
  kept: LoggedPacket[] = [];
  states: KeptState[] = [];
  next = 0;
  sealed: StreamTotals | undefined;
  identity: string | undefined;
  epoch: number | undefined;
  atMs = 0;
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  append(added: LoggedPacket): void {
    this.atMs = Math.max(this.atMs, added.atMs);
    this.kept.push({ ...added, atMs: this.atMs });
    const { packets, bytes } = this.#limits;
    const total = (): number => this.kept.reduce((sum, each) => sum + each.bytes.length, 0);
    while (this.kept.length > 1 && (this.kept.length > packets || total() > bytes)) this.kept.shift();
    this.next++;
    this.epoch = added.epoch;
    this.sealed = undefined;
  }

  restart(identity: string): void {
    if (this.sealed && this.identity === identity) return;
    [this.kept, this.states, this.sealed, this.identity] = [[], [], undefined, identity];
  }
}

type Step =
  | { type: 'append'; size: number; aheadMs: number; epoch: number }
  | { type: 'state'; back: number }
  | { type: 'seal' | 'reopen' | 'sync' }
  | { type: 'restart'; identity: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      size: fc.integer({ min: 1, max: 400 }),
      aheadMs: fc.integer({ min: -5, max: 20 }),
      epoch: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('state' as const), back: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('seal' as const, 'reopen' as const, 'sync' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('restart' as const), identity: fc.constantFrom('a', 'b') }),
  },
);

async function take(step: Step, bench: Bench, model: Model): Promise<void> {
  const { log } = bench;
  if (step.type === 'append') {
    const added = packet(log.next, { size: step.size, epoch: step.epoch, atMs: 1000 + model.next * 10 + step.aheadMs });
    const foretold = log.wouldEvict(step.size);
    const had = model.kept.length;
    await log.append(added);
    model.append(added);
    expect(model.kept.length <= had).toBe(foretold);
  } else if (step.type === 'state') {
    const sequence = model.next - step.back;
    const state = { sequence, epoch: sequence % 3, grid: Float32Array.of(sequence, 0.5) };
    const there = model.kept.some((each) => each.sequence === sequence);
    // In memory only so many are kept.
    if (!there || model.states.length === 6) return;
    log.keepState(state);
    model.states = [...model.states.filter((each) => each.sequence !== sequence), state];
  } else if (step.type === 'restart') {
    await log.restart(step.identity);
    model.restart(step.identity);
  } else if (step.type === 'seal') {
    model.sealed = { packets: model.next, frames: 2, tokens: 3 };
    await log.seal(model.sealed);
  } else if (step.type === 'sync') await log.synced(log.next - 1);
  else await bench.reopen();
}

function compare(log: PacketLog, model: Model): void {
  const oldest = model.kept[0]?.sequence ?? model.next;
  expect(log.bytes).toBe(model.kept.reduce((sum, { bytes }) => sum + bytes.length, 0));
  expect([log.oldest, log.next, log.epoch, log.sealed]).toEqual([oldest, model.next, model.epoch, model.sealed]);
  for (let sequence = -1; sequence <= model.next + 1; sequence++) {
    const kept = model.kept.find((each) => each.sequence === sequence);
    expect(log.get(sequence)).toEqual(kept);
    expect(log.seek(sequence)).toBe(model.kept.find((each) => each.sequence >= sequence)?.sequence ?? model.next);
  }
  for (const { atMs } of model.kept) {
    for (const at of [atMs - 1, atMs, atMs + 1]) {
      expect(log.at(at)).toBe(model.kept.find((each) => each.atMs >= at)?.sequence ?? model.next);
    }
  }
}

function compareStates(log: PacketLog, model: Model): void {
  for (let sequence = log.oldest - 1; sequence <= model.next; sequence++) {
    const expected = model.states
      .filter((each) => each.sequence <= sequence)
      .sort((a, b) => b.sequence - a.sequence)[0];
    expect(log.stateBefore(sequence)).toEqual(expected);
  }
}

describe.each([
  { kind: 'in memory', bench: ringBench, runs: 200 },
  { kind: 'on disk', bench: durableBench, runs: 12 },
])('a packet log $kind', ({ bench: make, runs }) => {
  test('does what a plain list does, however it is used', async () => {
    const limits = fc.record({ packets: fc.integer({ min: 1, max: 12 }), bytes: fc.integer({ min: 1, max: 3000 }) });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 40 }), async (limit, steps) => {
        const bench = await make(limit);
        try {
          const model = new Model(limit);
          for (const each of steps) {
            await take(each, bench, model);
            compare(bench.log, model);
            compareStates(bench.log, model);
          }
        } finally {
          await bench.remove();
        }
      }),
      { numRuns: runs },
    );
  });

  test('gives the very packets that were appended, and states that belong to the caller', async () => {
    const { log, remove } = await make({ packets: 10, bytes: 1e6 });
    const added = packet(0);
    await log.append(added);
    expect(log.get(0)).toBe(added);
    const grid = Float32Array.of(1, 2);
    log.keepState({ sequence: 0, epoch: 4, grid });
    grid[0] = 9;
    log.stateBefore(0)!.grid[1] = 9;
    expect(log.stateBefore(5)).toEqual({ sequence: 0, epoch: 4, grid: Float32Array.of(1, 2) });
    await remove();
  });

  test.each([-1, 1])('refuses a packet that is %i away from the next sequence', async (by) => {
    const { log, remove } = await make({ packets: 10, bytes: 1e6 });
    await log.append(packet(0));
    await expect(log.append(packet(1 + by))).rejects.toThrow(RangeError);
    expect(log.next).toBe(1);
    await remove();
  });
});
