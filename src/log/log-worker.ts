import { readFileSync } from 'node:fs';
import { dropBallast, freeBytes, takeBallast } from './ballast.ts';
import { LogApplier } from './log-applier.ts';
import { openTables } from './log-database.ts';
import type { LogAnswer, LogRequest } from './log-message.ts';

/** ENOSPC, EFBIG and EDQUOT of Linux and macOS, and LMDB's own MDB_MAP_FULL. */
const FULL = new Set<unknown>([28, 27, 122, 69, -30792, 'ENOSPC', 'EFBIG', 'EDQUOT']);

/** Free bytes on a disk that is full, after a write has failed. */
const FULL_BYTES = 4 << 20;

const [dir = '', how] = process.argv.slice(2);
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

/** After a failure nothing more is done here: LMDB may have spoilt its memory, and another process is started. */
function answer(work: () => number): void {
  const result = attempt(work);
  process.send?.(result, () => {
    if (result.type === 'failed') process.exit(1);
  });
}

// Both are meant for the process that this one works for, whose end is the end of the channel.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (request: LogRequest) =>
  answer(() => {
    run(request);
    return 0;
  }),
);
answer(() => {
  const opened = new LogApplier(dir, openTables(dir));
  applier = opened;
  return how === 'recover' ? opened.recover(bootId()) : 0;
});
