import { rmSync, statSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 1 << 20;
/** Free bytes on the disk below which no new ballast is taken. */
const AMPLE_BYTES = 8 << 20;

/** Keeps 1 MiB of a log folder's disk for the moment at which it is full; does nothing where the disk is nearly so. */
export function takeBallast(dir: string): void {
  const path = join(dir, 'ballast');
  try {
    if (statSync(path, { throwIfNoEntry: false })?.size === BYTES) return;
    if (freeBytes(dir) > AMPLE_BYTES) writeFileSync(path, Buffer.alloc(BYTES, 0xb5));
  } catch {
    dropBallast(dir);
  }
}

/** Gives the 1 MiB back. */
export function dropBallast(dir: string): void {
  rmSync(join(dir, 'ballast'), { force: true });
}

/** Bytes that this process can still write to the disk of a folder. @throws a system error */
export function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}
