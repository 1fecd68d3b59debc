import { openTables } from '#dist/log/log-database.js';
import { LogStore } from '#dist/log/log-store.js';
import { readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/sleep.ts';
import { runChild } from './child.ts';
import { AMPLE, content, folder, has, openStore, packet } from './log-rig.ts';

describe('a log store', () => {
  test('keeps streams apart, and has them when it is opened again', async () => {
    const dir = await folder();
    const { store } = await openStore(dir);
    for (let i = 0; i < 300; i++) {
      await store.log('one').append(packet(i, { size: 1000 + i }));
      if (i % 3 === 0) await store.log('one.two-3').append(packet(i / 3, { size: 3000, epoch: 7 }));
    }
    await store.close();
    const { store: again } = await openStore(dir);
    expect(again.names.sort()).toEqual(['one', 'one.two-3']);
    expect([again.log('one').next, again.log('one.two-3').next, again.log('one.two-3').epoch]).toEqual([300, 100, 7]);
    for (let i = 0; i < 300; i++) expect(again.log('one').get(i)?.bytes).toEqual(content(i, 1000 + i));
    expect(await readdir(dir)).not.toContainEqual(expect.stringContaining('journal'));
  });

  test('shares one copy of an old packet among readers at the same place', async () => {
    const { store } = await openStore(await folder());
    const log = store.log('s');
    for (let i = 0; i < 600; i++) await log.append(packet(i));
    expect(has(log.get(3), content(3, 100))).toBe(true);
    expect(log.get(3)).toBe(log.get(3));
  });

  test('lets go of packets that are too old, of streams that nobody opened as well', async () => {
    const dir = await folder();
    const { store } = await openStore(dir);
    const hourAgo = Date.now() - 3_600_000;
    for (let i = 0; i < 2000; i++) await store.log('old').append(packet(i, { atMs: hourAgo + i }));
    await store.close();
    const { store: again } = await openStore(dir, { ageS: 1800 });
    await until(() => again.log('old').oldest === 1999);
    await again.close();
    const tables = openTables(dir);
    expect([...tables.facts.getKeys()]).toHaveLength(1);
    expect([...tables.bytes.getKeys()]).toHaveLength(1);
    await tables.root.close();
  });

  test('takes a bounded file: what is let go is written over', async () => {
    const dir = await folder();
    const { store } = await openStore(dir, { bytes: 4 << 20 });
    const log = store.log('s');
    const sizes = [200, 166_000, 5000, 40_000];
    for (let i = 0; i < 1200; i++) await log.append(packet(i, { size: sizes[i % 4]! }));
    await log.synced(log.next - 1);
    expect(log.bytes).toBeLessThanOrEqual(4 << 20);
    expect((await stat(join(dir, 'data.mdb'))).size).toBeLessThan((4 << 20) * 3 + (64 << 20));
  });

  test('refuses a folder that another process uses, and takes it when that one was killed', async () => {
    const dir = await folder();
    const child = runChild(dir);
    await until(() => child.lines().length > 20);
    const error = await rejection(LogStore.open({ dir, keep: AMPLE }));
    expect(error.code).toBe('LOG_IN_USE');
    expect(error.what).toContain(String(child.pid));
    await child.kill();
    await openStore(dir);
  });

  test('refuses a folder that this process uses already', async () => {
    const dir = await folder();
    await openStore(dir);
    expect((await rejection(LogStore.open({ dir, keep: AMPLE }))).code).toBe('LOG_IN_USE');
  });

  test.each(['', '.'.repeat(129), 'a/b', 'a b', 'ü'])('refuses the stream name "%s"', async (name) => {
    const { store } = await openStore(await folder());
    expect(() => store.log(name)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  test('says that it cannot write where it may not', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'file'), '');
    expect((await rejection(LogStore.open({ dir: join(dir, 'file', 'log'), keep: AMPLE }))).code).toBe('OUTPUT_FAILED');
  });

  test('after a power failure goes on behind every sequence that can have been given out', async () => {
    const dir = await folder();
    const child = runChild(dir);
    await until(() => child.lines().length > 200);
    await child.kill();
    for (const name of await readdir(dir)) {
      if (name.startsWith('journal')) await rm(join(dir, name));
    }
    const tables = openTables(dir);
    await tables.meta.put('left', { ...tables.meta.get('left')!, boot: 'another one' });
    await tables.root.close();
    const given = child.lines().filter(({ name }) => name === 'a');
    const { store } = await openStore(dir);
    const log = store.log('a');
    const skippedTo = log.next;
    expect(skippedTo).toBeGreaterThan(given.length + 1000);
    await log.append(packet(skippedTo));
    const last =
      log.seek(0) === skippedTo ? -1 : given.findLast(({ sequence }) => log.get(sequence!) !== undefined)!.sequence!;
    expect(log.seek(last + 1)).toBe(skippedTo);
    expect(has(log.get(skippedTo), content(skippedTo, 100))).toBe(true);
    await store.close();
    expect((await openStore(dir)).store.log('a').next).toBe(skippedTo + 1);
  });
});

describe('a log store whose file is damaged', () => {
  const damages = {
    'is empty': (path: string) => writeFile(path, ''),
    'is garbage': (path: string) => writeFile(path, Buffer.alloc(300_000, 'garbage!')),
    'lacks its second half': async (path: string) => truncate(path, (await stat(path)).size >> 1),
    'lacks all but its beginning': (path: string) => truncate(path, 8192),
    'has garbage from its third page on': async (path: string) => {
      const file = Buffer.alloc((await stat(path)).size - 8192, 0xa5);
      await writeFile(path, file, { flag: 'r+' });
    },
  };

  test.each(Object.entries(damages))('says so or works, where it %s', async (_, damage) => {
    const dir = await folder();
    const { store } = await openStore(dir);
    for (let i = 0; i < 100; i++) await store.log('a').append(packet(i, { size: 20_000 }));
    await store.close();
    await damage(join(dir, 'data.mdb'));
    const child = runChild(dir, '5000', '5');
    await child.ended;
    expect(child.signal()).toBeNull();
    const said = child.lines().at(-1);
    if (said?.error === undefined) expect(said).toEqual({ failing: false });
    else expect(said).toMatchObject({ error: 'LOG_BROKEN', what: expect.stringContaining('data.mdb') as string });
  });
});
