import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FramenestError } from '../errors.ts';
import { outputFailed } from './atomic-file.ts';

/** Exit status with which flock says that somebody else has the lock. */
const TAKEN = 1;

/**
 * What a folder is for, and the file in it that is locked. That of a log stays when it is released, since a process that
 * still writes for it may hold it too; a result is left as it was made.
 */
const KINDS = {
  log: { file: 'writer.lock', code: 'LOG_IN_USE', name: 'log folder', stays: true },
  output: { file: '.writer.lock', code: 'OUTPUT_IN_USE', name: 'output folder', stays: false },
} as const;

/** What a folder is for. */
export type FolderKind = keyof typeof KINDS;

/** A folder that is this process's own. */
export interface FolderLock {
  /** Descriptor of the open file that the lock belongs to: a child that has it too holds the lock as long as it lives. */
  readonly file: number;
  /** Lets the folder go; safe on a full disk, and when called twice. */
  readonly release: () => void;
}

/** A process that was killed leaves one that writes for it, which ends within this time, milliseconds. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 50;

/**
 * Makes this process the only one that writes into a folder, until it is released or the process ends, however it ends. The
 * folder is made where it is missing. Where the system has the program `flock`, the kernel keeps the lock; elsewhere a file
 * names the process. Where the one that is named has died, what it left behind is waited for.
 * @throws FramenestError LOG_IN_USE, OUTPUT_IN_USE; OUTPUT_FAILED where the folder cannot be written
 */
export async function lockFolder(dir: string, kind: FolderKind): Promise<FolderLock> {
  try {
    await mkdir(dir, { recursive: true });
    return await locked(dir, kind);
  } catch (error) {
    throw error instanceof FramenestError ? error : outputFailed(dir, error);
  }
}

async function locked(dir: string, kind: FolderKind): Promise<FolderLock> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const lock = tryLock(join(dir, KINDS[kind].file), KINDS[kind].stays);
    if (typeof lock === 'object') return lock;
    if (lives(lock) || performance.now() > until) throw inUse(dir, kind, lock);
    await setTimeout(PAUSE_MS);
  }
}

/** @returns the process that has it, where it is taken; 0 where nobody is named */
function tryLock(path: string, stays: boolean): FolderLock | number {
  const file = openSync(path, 'a+', 0o600);
  // The lock belongs to the open file, which this process keeps open after flock has ended.
  const { status } = spawnSync('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] });
  const owner = Number(readFileSync(path, 'utf8'));
  if (status === TAKEN || (status !== 0 && owner !== 0 && lives(owner))) {
    closeSync(file);
    return owner;
  }
  // Whoever had it has removed it since it was opened here.
  if (statSync(path, { throwIfNoEntry: false })?.ino !== fstatSync(file).ino) {
    closeSync(file);
    return 0;
  }
  try {
    writeFileSync(path, String(process.pid));
  } catch (error) {
    // On a full disk: the next try must not meet the lock of this one.
    closeSync(file);
    throw error;
  }
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    try {
      if (stays) writeFileSync(path, '');
      else rmSync(path, { force: true });
    } catch {
      // The folder went before: who makes it anew makes a lock of its own.
    }
    closeSync(file);
  };
  return { file, release };
}

function inUse(dir: string, kind: FolderKind, owner: number): FramenestError {
  const { code, name } = KINDS[kind];
  return new FramenestError(code, {
    what: `The ${name} ${dir} is in use by ${owner === 0 ? 'another process' : `process ${owner}`}.`,
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
