import { open, rename, rm } from 'node:fs/promises';
import { FramenestError } from '../errors.ts';

/**
 * Writes a file so that it is there whole or not at all: to a temporary name beside it, synced, then renamed. A killed
 * process or a full disk leaves the old file as it was.
 * @throws FramenestError OUTPUT_FAILED
 */
export async function writeAtomic(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw outputFailed(path, cause);
  }
}

/** What went wrong with an output file or folder, and how to mend it. */
export function outputFailed(path: string, cause: unknown): FramenestError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FramenestError('OUTPUT_FAILED', {
    what: `Cannot write ${path}: ${reason}.`,
    mend: 'Free some space or choose another place for it; what was finished before is kept.',
    cause,
  });
}
