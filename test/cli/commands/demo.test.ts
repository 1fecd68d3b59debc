import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cache, escapeCode, framenest } from '../../support/cli.ts';
import { clip } from '../../support/clips.ts';
import { quickEncoder } from '../../support/quick-encoder.ts';
import { temporaryFolder } from '../../support/tiny-onnx.ts';

test('framenest demo makes its clip, serves it, prints a line a frame and the totals, and ends by itself', async () => {
  const { status, stdout, stderr } = await framenest(['demo']);
  expect(stderr).toBe('making the sample clip, on first use …\n');
  expect(status).toBe(0);
  expect(stdout).not.toMatch(escapeCode);
  expect(stdout).toMatch(
    /^\S+sample-clip\S+: h264 640×360, decoded by libav, encoded by mobilenet-v2 on cpu, served at ws:/,
  );
  const rows = stdout.split('\n').filter((line) => /^\d:\d\d:\d\d\.\d{3} /.test(line));
  expect(rows.length).toBeGreaterThan(35);
  const running = Number(/(\d+)$/.exec(rows.at(-1)!)![1]);
  const tokens = rows.map((row) => Number(/(uniform|hold) +(\d+) /.exec(row)![2]));
  expect(tokens.reduce((sum, count) => sum + count, 0)).toBe(running);
  expect(stdout).toMatch(new RegExp(`frames +│ ${rows.length} `));
  expect(stdout).toMatch(new RegExp(`tokens +│ ${running} `));
  expect(stdout).toMatch(new RegExp(`fixed-144 would have cost │ ${rows.length * 144} tokens`));
  expect(stdout).toContain(`${(100 * (1 - running / (rows.length * 144))).toFixed(1)} %`);
  expect(stdout).toMatch(/sha256:[0-9a-f]{64}\n$/);
});

test('framenest demo of a video of one own makes no clip', async () => {
  const empty = await temporaryFolder({});
  const env = { FRAMENEST_CACHE: empty };
  const { status, stderr } = await framenest(['demo', await clip('constant'), '--encoder', await quickEncoder()], {
    env,
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(existsSync(join(empty, 'encoders'))).toBe(false);
  expect(cache).not.toBe(empty);
});

test('framenest demo says what to do where the sample clip cannot be kept', async () => {
  const folder = await temporaryFolder({ file: 'in the way' });
  const env = { FRAMENEST_CACHE: join(folder, 'file') };
  const { status, stderr } = await framenest(['demo', '--encoder', await quickEncoder()], { env });
  expect(status).toBe(1);
  expect(stderr).toContain('error OUTPUT_FAILED');
  expect(stderr).toContain('Set FRAMENEST_CACHE');
});
