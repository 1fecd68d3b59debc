import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { escapeCode, framenest, main } from '../../support/cli.ts';
import { clip } from '../../support/clips.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { quickEncoder } from '../../support/quick-encoder.ts';
import { temporaryFolder } from '../../support/tiny-onnx.ts';

let files: Record<string, Uint8Array> = {};
beforeAll(async () => {
  const out = await mkdtemp(join(tmpdir(), 'framenest-parts-'));
  const args = ['--encoder', await quickEncoder(), '--fps', 'native', '--out', out];
  const { status } = spawnSync(process.execPath, [main, 'run', await clip('constant'), ...args]);
  expect(status).toBe(0);
  files = Object.fromEntries(
    ['manifest.json', 'part-00000.safetensors'].map((name) => [name, readFileSync(join(out, name))]),
  );
  await rm(out, { recursive: true });
});

/** A copy of the run's folder with one bit of the part's last token flipped. */
async function flipped(): Promise<string> {
  const folder = await temporaryFolder(files);
  const path = join(folder, 'part-00000.safetensors');
  const bytes = readFileSync(path);
  bytes[bytes.length - 100]! ^= 4;
  writeFileSync(path, bytes);
  return folder;
}

describe('framenest inspect', () => {
  test('shows what a sound folder and a sound part hold, and ends with 0', async () => {
    const folder = await temporaryFolder(files);
    for (const path of [folder, join(folder, 'part-00000.safetensors')]) {
      const { status, stdout, stderr } = await framenest(['inspect', path]);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).not.toMatch(escapeCode);
      expect(stdout).toMatch(/part-00000\.safetensors │ \d+ +│ 0:00:00\.000 – 0:00:02\.360 │ 60 /);
      expect(stdout).toContain('F16 × 48');
      expect(stdout).toContain('sound');
      expect(stdout).toMatch(/encoder sha256:\w+, timebase 1\/\d+\n$/);
    }
  });

  test('prints the same as one JSON array', async () => {
    const { status, stdout } = await framenest(['inspect', await temporaryFolder(files), '--json']);
    expect(status).toBe(0);
    const [part, ...others] = JSON.parse(stdout) as Record<string, unknown>[];
    expect(others).toEqual([]);
    expect(part).toMatchObject({
      file: 'part-00000.safetensors',
      problems: [],
      frames: 60,
      dtype: 'F16',
      channels: 48,
    });
    const scales = part!['scales'] as Record<string, number>;
    expect(Object.values(scales).reduce((sum, frames) => sum + frames, 0)).toBe(60);
    expect(Object.entries(scales).reduce((sum, [scale, frames]) => sum + Number(scale) * frames, 0)).toBe(
      part!['tokens'],
    );
  });

  test('finds a flipped bit, and ends with 1', async () => {
    const folder = await flipped();
    const { status, stdout, stderr } = await framenest(['inspect', folder]);
    expect(status).toBe(1);
    expect(stdout).toContain('the digest does not match');
    expect(stderr).toContain(`error PART_BROKEN  ${folder}: part-00000.safetensors: Its bytes differ`);
  });

  test('tells a program of a broken part in two lines: the array and the error', async () => {
    const { status, stdout } = await framenest(['inspect', await flipped(), '--json']);
    expect(status).toBe(1);
    const [parts, error] = jsonLines(stdout);
    expect(parts).toMatchObject([{ file: 'part-00000.safetensors', problems: [expect.stringContaining('digest')] }]);
    expect(error).toMatchObject({ error: { code: 'PART_BROKEN' } });
  });

  test('of nothing is INPUT_MISSING', async () => {
    const { status, stderr } = await framenest(['inspect', '/no/such/folder']);
    expect(status).toBe(1);
    expect(stderr).toContain('error INPUT_MISSING');
  });
});
