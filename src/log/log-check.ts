import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FramenestError } from '../errors.ts';

/** What a look at the largest log takes at most, milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * Looks at a log folder's database before this process opens it, in a process that a damaged file may end: the roots of
 * all tables, the newest keys and the newest packet of each stream.
 * @throws FramenestError LOG_BROKEN
 */
export async function checkDatabase(dir: string): Promise<void> {
  const file = join(dir, 'data.mdb');
  if (!existsSync(file)) return;
  const probe = fileURLToPath(new URL('./log-probe.js', import.meta.url));
  const failure = await new Promise<string | undefined>((resolve) => {
    execFile(process.execPath, [probe, dir], { timeout: PATIENCE_MS, killSignal: 'SIGKILL' }, (error, _out, said) => {
      resolve(error ? (/^(?:\w*Error): (.*)$/m.exec(said)?.[1] ?? 'reading it ends the process') : undefined);
    });
  });
  if (failure !== undefined) throw logBroken(file, failure);
}

/** A database that cannot be used. */
export function logBroken(file: string, reason: string): FramenestError {
  return new FramenestError('LOG_BROKEN', {
    what: `The log ${file} is damaged: ${reason.replace(/\.$/, '')}.`,
    mend: 'Move the folder away, or restore it; a new log is begun where there is none.',
  });
}
