import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '#dist/config/read-config.js';
import { watchConfig } from '#dist/config/watch-config.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Running } from '../support/cli.ts';
import { jsonLines } from '../support/json-lines.ts';
import { sleep, until } from '../support/sleep.ts';

const fileOf = (...names: string[]): string =>
  `sources:\n${names.map((name) => `  - { name: ${name}, input: a }\n`).join('')}`;

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'framenest-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A new file with one source, `a`. */
function newFile(): string {
  const path = join(emptyFolder(), 'framenest.yaml');
  writeFileSync(path, fileOf('a'));
  return path;
}

/** Watches a file; what it tells comes as a line each: `a b: +b`, the sources and what became of them, or a code. */
async function watched(path: string) {
  const abort = new AbortController();
  const told: string[] = [];
  const current = await readConfig(path);
  const over = watchConfig(path, {
    current,
    signal: abort.signal,
    everyMs: 20,
    onChange: ({ sources }, { added, removed, changed, needsRestart, level }) => {
      const steps = [
        ...added.map(({ name }) => `+${name}`),
        ...removed.map((name) => `-${name}`),
        ...changed.map(({ name }) => `~${name}`),
        ...needsRestart,
        ...(level ? [level] : []),
      ];
      told.push(`${sources.map(({ name }) => name).join(' ')}: ${steps.join(' ')}`);
    },
    onError: ({ code }) => told.push(code),
  });
  const stop = async (): Promise<void> => {
    abort.abort();
    await over;
  };
  onTestFinished(stop);
  return { told, stop, tells: (count: number) => until(() => told.length >= count) };
}

/** Long enough for a watch to look at its file many times and to let it settle. */
const looks = (): Promise<void> => sleep(400);

describe('a watched configuration', () => {
  test('is told when it changes, and only then', async () => {
    const path = newFile();
    const { told, tells } = await watched(path);
    writeFileSync(path, fileOf('a', 'b'));
    await tells(1);
    writeFileSync(path, `# a comment\n${fileOf('b', 'a')}`);
    utimesSync(path, 1, 1);
    await looks();
    writeFileSync(path, `defaults: { fps: 9 }\nlog: { level: warn }\n${fileOf('b')}`);
    await tells(2);
    expect(told).toEqual(['a b: +b', 'b: -a ~b warn']);
  });

  test('is seen when another file takes its name, a symlink is swapped, or it is written in parts', async () => {
    const folder = emptyFolder();
    for (const [name, source] of Object.entries({ one: 'a', two: 'b' })) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'framenest.yaml'), fileOf(source));
    }
    // As Kubernetes mounts a ConfigMap: the file is a link into a folder that is a link.
    symlinkSync('one', join(folder, 'data'));
    symlinkSync(join('data', 'framenest.yaml'), join(folder, 'framenest.yaml'));
    const path = join(folder, 'framenest.yaml');
    const { told, tells } = await watched(path);
    symlinkSync('two', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'data'));
    await tells(1);
    writeFileSync(`${path}~`, fileOf('c'));
    renameSync(`${path}~`, path);
    await tells(2);
    writeFileSync(path, '');
    writeFileSync(path, fileOf('d').slice(0, 20));
    writeFileSync(path, fileOf('d'));
    await tells(3);
    expect(told).toEqual(['b: +b -a', 'c: +c -b', 'd: +d -c']);
  });

  test('that is broken or gone is reported once per change, and what ran is what it is compared with', async () => {
    const path = newFile();
    const { told, tells } = await watched(path);
    writeFileSync(path, 'sources: 3\n');
    await tells(1);
    await looks();
    rmSync(path);
    await tells(2);
    await looks();
    writeFileSync(path, fileOf('a', 'b'));
    await tells(3);
    expect(told).toEqual(['CONFIG_INVALID', 'CONFIG_INVALID', 'a b: +b']);
  });

  test('that is as before after it was broken is told too, so that the alarm can end', async () => {
    const path = newFile();
    const { told, tells } = await watched(path);
    writeFileSync(path, '');
    await tells(1);
    writeFileSync(path, fileOf('a'));
    await tells(2);
    expect(told).toEqual(['CONFIG_INVALID', 'a: ']);
  });

  test('that changed between reading it and watching it is told', async () => {
    const path = newFile();
    const current = await readConfig(path);
    writeFileSync(path, fileOf('b'));
    const abort = new AbortController();
    let found: string | undefined;
    const over = watchConfig(path, {
      current,
      signal: abort.signal,
      everyMs: 3_600_000,
      onChange: (_, { added }) => void (found = added[0]?.name),
      onError: () => undefined,
    });
    await until(() => found === 'b');
    abort.abort();
    await over;
  });

  test('asks for a restart as long as it says something else than what listens', async () => {
    const path = newFile();
    const { told, tells } = await watched(path);
    writeFileSync(path, `listen: { port: 1 }\n${fileOf('a')}`);
    await tells(1);
    writeFileSync(path, `listen: { port: 1 }\n${fileOf('b')}`);
    await tells(2);
    writeFileSync(path, fileOf('b'));
    await tells(3);
    expect(told).toEqual(['a: listen.port', 'b: +b -a listen.port', 'b: ']);
  });

  test('is followed one change after the other, however long one takes', async () => {
    const path = newFile();
    const abort = new AbortController();
    let [running, most, done] = [0, 0, ''];
    const over = watchConfig(path, {
      current: await readConfig(path),
      signal: abort.signal,
      everyMs: 10,
      onChange: async ({ sources }) => {
        most = Math.max(most, ++running);
        await sleep(300);
        running--;
        done = sources[0]?.name ?? '';
      },
      onError: () => undefined,
    });
    for (const name of ['b', 'c', 'd']) {
      writeFileSync(path, fileOf(name));
      await sleep(200);
    }
    await until(() => done === 'd');
    abort.abort();
    await over;
    expect(most).toBe(1);
  });

  test('tells a failure of whoever follows it as an error, and goes on', async () => {
    const path = newFile();
    const abort = new AbortController();
    const told: string[] = [];
    const over = watchConfig(path, {
      current: await readConfig(path),
      signal: abort.signal,
      everyMs: 10,
      onChange: ({ sources }) => {
        if (sources[0]?.name === 'b') throw new Error('no room for b');
        told.push('changed');
      },
      onError: ({ code, what }) => told.push(`${code} ${what}`),
    });
    writeFileSync(path, fileOf('b'));
    await until(() => told.length === 1);
    writeFileSync(path, fileOf('c'));
    await until(() => told.length === 2);
    abort.abort();
    await over;
    expect(told).toEqual(['INTERNAL Unexpected failure: no room for b.', 'changed']);
  });

  test('is let go when the signal aborts, also one that aborted before', async () => {
    const path = newFile();
    const before = process.listenerCount('SIGHUP');
    const { told, stop } = await watched(path);
    expect(process.listenerCount('SIGHUP')).toBe(before + 1);
    await stop();
    writeFileSync(path, fileOf('b'));
    await looks();
    expect(told).toEqual([]);
    expect(process.listenerCount('SIGHUP')).toBe(before);
    const current = await readConfig(path);
    const nobody = { onChange: () => undefined, onError: () => undefined };
    await watchConfig(path, { current, signal: AbortSignal.abort(), ...nobody });
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });
});

test('SIGHUP makes a process read its configuration and say what came of it', async () => {
  const path = newFile();
  const running = new Running(process.execPath, [fileURLToPath(new URL('watch-child.mjs', import.meta.url)), path]);
  const lines = (): unknown[] => jsonLines(running.stdout);
  await running.prints(/"watching"\n/);
  // The first look, which finds what it knows.
  await looks();

  writeFileSync(path, fileOf('a', 'b'));
  await looks();
  expect(lines()).toEqual(['watching']);
  running.child.kill('SIGHUP');
  await until(() => lines().length === 2);
  expect(lines()[1]).toMatchObject({ sources: ['a', 'b'], added: [{ name: 'b' }], removed: [], needsRestart: [] });

  running.child.kill('SIGHUP');
  await until(() => lines().length === 3);
  expect(lines()[2]).toEqual({ sources: ['a', 'b'], added: [], changed: [], removed: [], needsRestart: [] });

  writeFileSync(path, 'sources: 3\n');
  for (const count of [4, 5]) {
    running.child.kill('SIGHUP');
    await until(() => lines().length === count);
    expect(lines().at(-1)).toEqual({ code: 'CONFIG_INVALID' });
  }

  running.child.kill('SIGTERM');
  expect(await running.ended()).toMatchObject({ status: 0, stderr: '' });
  expect(lines().at(-1)).toEqual({ listeners: 0 });
});
