import { FramenestError } from '../errors.ts';
import { Journal } from './journal.ts';
import type { LogAnswer, LogRequest } from './log-message.ts';
import type { LogOp, StoredStream } from './log-op.ts';
import type { LogProcess } from './log-process.ts';

/** At the latest so long after a change the disk has it. */
const FLUSH_MS = 1000;
/** Bytes in the journal at which the database is written at once. */
const JOURNAL_BYTES = 16 << 20;
/** Bytes of all journals together, while the database cannot be written; beyond it changes wait in memory. */
const JOURNALS_BYTES = 128 << 20;
/** What waits in memory for a disk that fails; beyond it the oldest is lost. */
const UNSAVED = { ops: 4096, bytes: 32 << 20 };
/** How often room is made before a flush gives up. */
const MAKES_ROOM = 16;
/** Bytes of changes that the process is sent at once. */
const SENT_AT_ONCE = 4 << 20;

/** Whom a {@link LogWriter} tells. */
export interface LogWriterListener {
  /** The database has these streams now; reads see it. */
  written(streams: ReadonlyMap<string, StoredStream>): void;
  /** Never to be written. */
  lost(op: LogOp): void;
  /** The disk is full. @returns changes that free some of the database, if any can */
  makeRoom(): readonly LogOp[];
  /** Once for each spell. */
  trouble(error: FramenestError): void;
}

/** Takes changes of all streams to the disk: into the journal at once, into the database within a second. */
export class LogWriter {
  readonly #dir: string;
  readonly #journal: Journal;
  readonly #process: LogProcess;
  readonly #listener: LogWriterListener;
  #queue: LogOp[] = [];
  #unsaved: LogOp[] = [];
  /** Ended, and not in the database yet. */
  readonly #generations: { readonly generation: number; readonly bytes: number }[] = [];
  #writing: Promise<void> | undefined;
  #flushing: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing: FramenestError | undefined;
  #retryAt = 0;

  constructor(dir: string, writer: LogProcess, generation: number, listener: LogWriterListener) {
    this.#dir = dir;
    this.#process = writer;
    this.#journal = new Journal(dir, generation);
    this.#listener = listener;
  }

  /** Why nothing gets to the disk at the moment. */
  get failing(): FramenestError | undefined {
    return this.#failing;
  }

  /** Resolves when the change outlives this process, or cannot at the moment. */
  async write(op: LogOp): Promise<void> {
    this.#queue.push(op);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
    while (this.#queue.includes(op)) await (this.#writing ??= this.#pump());
    if (this.#unsaved.includes(op)) await this.flush();
  }

  /** Resolves when the disk has everything that was written before. @returns whether it does */
  async flush(): Promise<boolean> {
    if (this.#flushing) await this.#flushing;
    return (this.#flushing ??= this.#flushOnce().finally(() => (this.#flushing = undefined)));
  }

  /** Flushes, and leaves the folder as one in which nothing is missing. */
  async close(): Promise<void> {
    this.#retryAt = 0;
    if (await this.flush()) await this.#process.ask({ type: 'finish' });
    clearTimeout(this.#timer);
    await this.#process.close();
  }

  /** Writes what waits into the journal; where it cannot be written, or something older waits in memory, keeps it. */
  async #pump(): Promise<void> {
    const ops = this.#queue.slice();
    try {
      if (this.#unsaved.length > 0) throw new Error('Older changes come first.');
      if (this.#journalBytes > JOURNALS_BYTES) throw new Error('The journals have grown too long.');
      await this.#journal.write(ops);
      this.#queue = this.#queue.slice(ops.length);
    } catch {
      await this.#turn();
      this.#keep(this.#queue.splice(0));
    }
    this.#writing = undefined;
    if (this.#journal.bytes > JOURNAL_BYTES) void this.flush();
  }

  async #turn(): Promise<void> {
    const { bytes } = this.#journal;
    const generation = await this.#journal.turn();
    if (generation !== undefined) this.#generations.push({ generation, bytes });
  }

  get #journalBytes(): number {
    return this.#generations.reduce((sum, { bytes }) => sum + bytes, this.#journal.bytes);
  }

  #keep(ops: readonly LogOp[]): void {
    this.#unsaved.push(...ops);
    let bytes = this.#unsaved.reduce((sum, { body }) => sum + (body?.byteLength ?? 0), 0);
    while (this.#unsaved.length > UNSAVED.ops || bytes > UNSAVED.bytes) {
      const lost = this.#unsaved.shift();
      if (!lost) return;
      bytes -= lost.body?.byteLength ?? 0;
      this.#listener.lost(lost);
    }
  }

  async #flushOnce(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (performance.now() < this.#retryAt) return this.#again();
    while (this.#writing) await this.#writing;
    this.#writing = this.#turn();
    await this.#writing;
    this.#writing = undefined;
    for (let ended = this.#generations[0]; ended; ended = this.#generations[0]) {
      if (!(await this.#ask({ type: 'journal', generation: ended.generation }))) return this.#again();
      this.#generations.shift();
    }
    const before = new Set(this.#unsaved);
    for (let ops = this.#head(before); ops.length > 0; ops = this.#head(before)) {
      if (!(await this.#ask({ type: 'ops', ops }))) return this.#again();
      const written = new Set(ops);
      this.#unsaved = this.#unsaved.filter((op) => !written.has(op));
    }
    this.#failing = undefined;
    if (this.#unsaved.length > 0) this.#again();
    return true;
  }

  /** What waits in memory, as much as is sent at once, of these. */
  #head(of: ReadonlySet<LogOp>): LogOp[] {
    let bytes = 0;
    const beyond = this.#unsaved.findIndex((op, i) => {
      bytes += op.body?.byteLength ?? 0;
      return !of.has(op) || (i > 0 && bytes > SENT_AT_ONCE);
    });
    return this.#unsaved.slice(0, beyond < 0 ? undefined : beyond);
  }

  /** A flush for later. @returns that this one failed */
  #again(): false {
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
    return false;
  }

  async #ask(request: LogRequest): Promise<boolean> {
    let answer = await this.#process.ask(request);
    for (let i = 0; i < MAKES_ROOM && answer.type === 'failed' && answer.full; i++) {
      const ops = this.#listener.makeRoom();
      if (ops.length === 0) break;
      await this.#process.ask({ type: 'ops', ops });
      answer = await this.#process.ask(request);
    }
    if (answer.type === 'done') this.#listener.written(answer.streams);
    else this.#fail(answer);
    return answer.type === 'done';
  }

  #fail({ message }: LogAnswer & { type: 'failed' }): void {
    this.#retryAt = performance.now() + FLUSH_MS;
    if (this.#failing) return;
    this.#failing = new FramenestError('OUTPUT_FAILED', {
      what: `Cannot write the log ${this.#dir}: ${message}.`,
      mend: 'Free some space, or mend the disk; until then the newest packets are kept in memory alone.',
    });
    this.#listener.trouble(this.#failing);
  }
}
