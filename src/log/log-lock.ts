import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FramenestError } from '../errors.ts';

/** Exit status with which flock says that somebody else has the lock. */
const TAKEN = 1;

/** A folder that is this process's own. */
export interface FolderLock {
  /** Descriptor of the open file that the lock belongs to: a child that has it too holds the lock as long as it lives. */
  readonly file: number;
  /** Lets the folder go; safe on a full disk. */
  readonly release: () => void;
}

/** A process that was killed leaves one that writes for it, which ends within this time, milliseconds. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 50;

/**
 * Makes this process the only one that uses a log folder, until it is released or the process ends, however it ends. Where
 * the system has the program `flock`, the kernel keeps the lock; elsewhere a file names the process. Where the one that is
 * named has died, what it left behind is waited for.
 * @throws FramenestError LOG_IN_USE; a system error where the folder cannot be written
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const lock = tryLock(dir);
    if (typeof lock === 'object') return lock;
    if (lives(lock) || performance.now() > until) throw inUse(dir, lock);
    await setTimeout(PAUSE_MS);
  }
}

/** @returns the process that has it, where it is taken; 0 where nobody is named */
function tryLock(dir: string): FolderLock | number {
  const path = join(dir, 'writer.lock');
  const file = openSync(path, 'a+', 0o600);
  // The lock belongs to the open file, which this process keeps open after flock has ended.
  const { status } = spawnSync('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] });
  const owner = Number(readFileSync(path, 'utf8'));
  if (status === TAKEN || (status !== 0 && owner !== 0 && lives(owner))) {
    closeSync(file);
    return owner;
  }
  try {
    writeFileSync(path, String(process.pid));
  } catch (error) {
    // On a full disk: the next try must not meet the lock of this one.
    closeSync(file);
    throw error;
  }
  const release = (): void => {
    writeFileSync(path, '');
    closeSync(file);
  };
  return { file, release };
}

function inUse(dir: string, owner: number): FramenestError {
  return new FramenestError('LOG_IN_USE', {
    what: `The log folder ${dir} is in use by ${owner === 0 ? 'another process' : `process ${owner}`}.`,
    mend: 'Stop that process, or give this one a folder of its own.',
  });
}

function lives(pid: number): boolean {
  if (pid === 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
