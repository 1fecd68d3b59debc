import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { dropBallast, freeBytes, takeBallast } from './ballast.ts';
import { LogApplier } from './log-applier.ts';
import { openTables } from './log-database.ts';
import type { LogAnswer, LogRequest, LogThreadData } from './log-message.ts';

/** ENOSPC, EFBIG and EDQUOT of Linux and macOS, and LMDB's own MDB_MAP_FULL. */
const FULL = new Set<unknown>([28, 27, 122, 69, -30792, 'ENOSPC', 'EFBIG', 'EDQUOT']);

/** Free bytes on a disk that is full, after a write has failed. */
const FULL_BYTES = 4 << 20;

const { dir, recover } = workerData as LogThreadData;
const port = parentPort;
let applier: LogApplier | undefined;

function run(request: LogRequest): void {
  if (!applier) throw new Error('the database could not be opened');
  if (request.type === 'journal') applier.applyJournal(request.generation);
  else if (request.type === 'ops') applier.apply(request.ops);
  else applier.finish();
}

function attempt(work: () => number): LogAnswer {
  try {
    const generation = work();
    takeBallast(dir);
    return { type: 'done', streams: applier?.list() ?? new Map(), generation };
  } catch (error) {
    const { message, code } = error as { message: string; code?: unknown };
    // LMDB takes a write that was cut short for a failure of the disk.
    const full = FULL.has(code) || freeBytes(dir) < FULL_BYTES;
    // To let packets go takes a few pages itself.
    if (full) dropBallast(dir);
    return { type: 'failed', message, full };
  }
}

function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

port?.postMessage(
  attempt(() => {
    const opened = new LogApplier(dir, openTables(dir));
    applier = opened;
    return recover ? opened.recover(bootId()) : 0;
  }),
);
port?.on('message', (request: LogRequest) => {
  port.postMessage(
    attempt(() => {
      run(request);
      return 0;
    }),
  );
});
