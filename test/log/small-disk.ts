import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { folder } from './log-rig.ts';

/** A disk of so many MiB of its own for the test, where this process may mount one. */
export async function smallDisk(mebibytes: number): Promise<string | undefined> {
  const dir = join(await folder(), 'disk');
  await mkdir(dir);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', dir], { stdio: 'ignore' });
  if (status !== 0) return undefined;
  onTestFinished(() => void spawnSync('umount', ['-l', dir]));
  return dir;
}

/** Leaves no byte of a disk. @returns frees it again */
export function fillDisk(dir: string): () => void {
  const path = join(dir, 'filler');
  const file = openSync(path, 'a');
  for (const piece of [1 << 20, 4096, 1]) {
    try {
      for (;;) writeSync(file, new Uint8Array(piece));
    } catch {
      // Full for pieces of this size.
    }
  }
  closeSync(file);
  return () => rmSync(path);
}
