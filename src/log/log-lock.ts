import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FramenestError } from '../errors.ts';

/** Exit status with which flock says that somebody else has the lock. */
const TAKEN = 1;

/**
 * Makes this process the only one that uses a log folder, until the returned function is called or the process ends,
 * however it ends. Where the system has the program `flock`, the kernel keeps the lock; elsewhere a file names the process.
 * @throws FramenestError LOG_IN_USE; a system error where the folder cannot be written
 */
export function lockFolder(dir: string): () => void {
  const path = join(dir, 'writer.lock');
  const file = openSync(path, 'a+', 0o600);
  // The lock belongs to the open file, which this process keeps open after flock has ended.
  const { status } = spawnSync('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] });
  const owner = Number(readFileSync(path, 'utf8'));
  if (status === TAKEN || (status !== 0 && owner !== 0 && lives(owner))) {
    closeSync(file);
    throw new FramenestError('LOG_IN_USE', {
      what: `The log folder ${dir} is in use by ${owner === 0 ? 'another process' : `process ${owner}`}.`,
      mend: 'Stop that process, or give this one a folder of its own.',
    });
  }
  try {
    writeFileSync(path, String(process.pid));
  } catch (error) {
    // On a full disk: the next try must not meet the lock of this one.
    closeSync(file);
    throw error;
  }
  return () => {
    writeFileSync(path, '');
    closeSync(file);
  };
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
