import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBoundedFile } from '#dist/log/bounded-file.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bounded-'));
});
afterAll(() => rm(folder, { recursive: true }));

const refuse = (problem: string, cause?: unknown): Error => new Error(problem, { cause });

describe('readBoundedFile', () => {
  it('gives a file of exactly the most bytes, and an empty one', async () => {
    const path = join(folder, 'full');
    await writeFile(path, 'abcd');
    expect((await readBoundedFile(path, 4, refuse)).toString()).toBe('abcd');
    await writeFile(path, '');
    expect((await readBoundedFile(path, 4, refuse)).length).toBe(0);
  });

  it('refuses a longer file', async () => {
    const path = join(folder, 'long');
    await writeFile(path, 'abcde');
    await expect(readBoundedFile(path, 4, refuse)).rejects.toThrow('has more than 4 bytes');
  });

  it('comes back from a device that never ends', async () => {
    await expect(readBoundedFile('/dev/zero', 100_000, refuse)).rejects.toThrow('has more than 100000 bytes');
  });

  it('says why a file cannot be read, and keeps the cause', async () => {
    const path = join(folder, 'none');
    const problem: unknown = await readBoundedFile(path, 4, refuse).catch((thrown: unknown) => thrown);
    expect(problem).toMatchObject({ message: 'cannot be read: there is no such file', cause: { code: 'ENOENT' } });
    await expect(readBoundedFile(folder, 4, refuse)).rejects.toThrow('cannot be read: EISDIR');
  });
});
