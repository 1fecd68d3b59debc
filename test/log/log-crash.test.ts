import { describe, expect, test } from 'vitest';
import { until } from '../support/sleep.ts';
import { runChild } from './child.ts';
import { content, folder, has, openStore, packet } from './log-rig.ts';
import { smallDisk } from './small-disk.ts';

const SIZE = 5000;
const size = (sequence: number): number => (sequence * 7919) % SIZE;

test('has everything that a killed process had appended, byte for byte, however often', async () => {
  const dir = await folder();
  const next = { a: 0, b: 0, c: 0 };
  for (let round = 0; round < 8; round++) {
    const child = runChild(dir, String(SIZE));
    await until(() => child.lines().length > 30 + round * 60);
    await child.kill();
    const { store } = await openStore(dir);
    for (const name of ['a', 'b', 'c'] as const) {
      const said = child.lines().filter((line) => line.name === name);
      const log = store.log(name);
      expect(said.every(({ held }) => held)).toBe(true);
      expect(said.map(({ sequence }) => sequence)).toEqual(said.map((_, i) => next[name] + i));
      // What it was about to say can be there as well.
      expect(log.next - (next[name] + said.length)).toBeOneOf([0, 1]);
      for (let i = 0; i < log.next; i++)
        expect(log.get(i)).toMatchObject({ sequence: i, epoch: 3, tokens: 1 + (i % 144) });
      for (let i = next[name]; i < log.next; i++) expect(has(log.get(i), content(i, size(i)))).toBe(true);
      next[name] = log.next;
    }
    await store.close();
  }
});

describe('a log on a full disk', () => {
  test('makes room by letting old packets go, and readers have the newest ones meanwhile', async (context) => {
    const dir = await smallDisk(16);
    if (dir === undefined) return context.skip('this process may not mount a disk');
    const { store, troubles } = await openStore(dir);
    const log = store.log('s');
    for (let i = 0; i < 450; i++) {
      await log.append(packet(i, { size: 50_000 }));
      expect(has(log.get(i), content(i, 50_000))).toBe(true);
    }
    expect(log.next).toBe(450);
    expect(log.oldest).toBeGreaterThan(0);
    expect(troubles.map(({ code }) => code)).toEqual(troubles.map(() => 'OUTPUT_FAILED'));
    for (let i = log.oldest; i < 450; i = log.seek(i + 1)) expect(has(log.get(i), content(i, 50_000))).toBe(true);
    await store.close();
    const { store: again } = await openStore(dir);
    const reopened = again.log('s');
    for (let i = reopened.oldest; i < reopened.next; i = reopened.seek(i + 1)) {
      expect(has(reopened.get(i), content(i, 50_000))).toBe(true);
    }
  });

  test('tells a limit on the size of files, and does not die of it', async () => {
    const dir = await folder();
    const child = runChild(dir, '60000', '120', 'ulimit -f 2048');
    await child.ended;
    const lines = child.lines();
    expect(child.signal()).toBeNull();
    expect(lines.filter(({ error }) => error)).toEqual([]);
    expect(lines.filter(({ held }) => held)).toHaveLength(360);
    expect(lines.find(({ trouble }) => trouble)).toMatchObject({ trouble: 'OUTPUT_FAILED' });
    const { store } = await openStore(dir);
    for (const name of store.names) {
      const log = store.log(name);
      for (let i = log.oldest; i < log.next; i = log.seek(i + 1)) {
        expect(has(log.get(i), content(i, (i * 7919) % 60_000))).toBe(true);
      }
    }
  });
});
