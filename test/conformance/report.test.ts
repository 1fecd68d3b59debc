import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lightStream, serve } from '../support/serving.ts';
import { bentProxy } from './bent-proxy.ts';
import type { KitReport } from './kit.ts';

const main = fileURLToPath(new URL('../../conformance/main.mjs', import.meta.url));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the kit as a program of its own. */
function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, NO_COLOR: '1', ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

test('the kit as a program prints a table of every check, and exits with 0 where none fails', async () => {
  const { url } = await serve([lightStream('film', { count: 30 })]);
  const { code, out } = await run([url]);
  expect(out).toMatch(/│ answers ping with pong +│ pass +│ one pong for each/);
  expect(out).toMatch(/test, stream "film": \d+ pass, 0 fail, \d+ skipped\n$/);
  expect(code).toBe(0);
});

test('with --json it prints one object, and exits with 1 where a check fails', async () => {
  const { url } = await serve([lightStream('film', { count: 30 })]);
  const bent = await bentProxy(url, { socket: { perMessageDeflate: true } });
  const { code, out, err } = await run([bent, '--json', '--stream', 'film']);
  const { results, count } = JSON.parse(out) as KitReport & { count: Record<string, number> };
  const failed = results.filter(({ outcome }) => outcome === 'fail');
  expect(failed.map(({ name, seen }) => [name, seen])).toEqual([
    ['does not offer compression', expect.stringContaining('permessage-deflate')],
  ]);
  expect(count['fail']).toBe(1);
  expect([code, err]).toEqual([1, '']);
});

test.each([
  ['an address where nobody listens', ['ws://127.0.0.1:9'], /^Cannot connect to ws:\/\/127\.0\.0\.1:9/],
  ['a token that is not there', ['ws://127.0.0.1:9', '--token-env', 'NO_SUCH_TOKEN'], /NO_SUCH_TOKEN is not set/],
])('%s is one line and exit code 1', async (_, args, line) => {
  const { code, err } = await run(args);
  expect(err).toMatch(line);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
});
