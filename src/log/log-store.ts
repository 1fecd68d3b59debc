import { join } from 'node:path';
import { FramenestError } from '../errors.ts';
import { outputFailed } from './atomic-file.ts';
import { DurableLog } from './durable-log.ts';
import { checkDatabase, logBroken } from './log-check.ts';
import { openTables } from './log-database.ts';
import type { LogTables } from './log-database.ts';
import { lockFolder } from './folder-lock.ts';
import type { FolderLock } from './folder-lock.ts';
import type { LogOp, StoredStream } from './log-op.ts';
import { LogReader } from './log-reader.ts';
import { LogProcess } from './log-process.ts';
import { LogWriter } from './log-writer.ts';
import type { LogKeep } from './retention.ts';

/** How often packets are looked at for their age; and how soon again where one look did not do, milliseconds. */
const SWEEP_MS = { idle: 60_000, busy: 100 };

/** What a {@link LogStore} is opened with. */
export interface LogStoreOptions {
  /** Folder of its own, made where it is not there; on a local disk. */
  readonly dir: string;
  /** Of each stream. */
  readonly keep: LogKeep;
  /** OUTPUT_FAILED, once for each time that the disk begins to fail; LOG_BROKEN, once, where stored bytes are damaged. */
  readonly onTrouble?: (error: FramenestError) => void;
}

/** The logs of all streams in one folder, which one process may use at a time. */
export class LogStore {
  readonly #options: LogStoreOptions;
  readonly #tables: LogTables;
  readonly #lock: FolderLock;
  readonly #writer: LogWriter;
  readonly #reader: LogReader;
  readonly #logs = new Map<string, DurableLog>();
  #broken = false;
  #sweeping: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    options: LogStoreOptions,
    {
      lock,
      writer,
      tables,
      ...opened
    }: {
      lock: FolderLock;
      writer: LogProcess;
      tables: LogTables;
      generation: number;
      streams: ReadonlyMap<string, StoredStream>;
    },
  ) {
    this.#options = options;
    this.#lock = lock;
    this.#tables = tables;
    this.#reader = new LogReader(tables, (what) => this.#damaged(what));
    this.#writer = new LogWriter(options.dir, writer, opened.generation, {
      written: (streams) => this.#written(streams),
      lost: ({ stream, packet, body }) => {
        if (packet) this.#logs.get(stream)?.lost(packet.sequence, body?.byteLength ?? 0);
      },
      makeRoom: () => this.#makeRoom(),
      trouble: (error) => options.onTrouble?.(error),
    });
    for (const [name, stored] of opened.streams) this.#logs.set(name, this.#newLog(name, stored));
    this.#sweep();
  }

  /**
   * Takes a folder, and over what is in it.
   * @throws FramenestError LOG_IN_USE, LOG_BROKEN, OUTPUT_FAILED
   */
  static async open(options: LogStoreOptions): Promise<LogStore> {
    const { dir } = options;
    const lock = await lockFolder(dir, 'log');
    const writer = await checkDatabase(dir).then(
      () => new LogProcess(dir, lock.file),
      (error: unknown) => {
        lock.release();
        throw error;
      },
    );
    try {
      const opened = await writer.opened;
      if (opened.type === 'failed') {
        throw opened.full ? outputFailed(dir, opened.message) : logBroken(join(dir, 'data.mdb'), opened.message);
      }
      return new LogStore(options, { ...opened, lock, writer, tables: openTables(dir) });
    } catch (error) {
      await writer.close();
      lock.release();
      throw error;
    }
  }

  /** Names of the streams that were ever written. */
  get names(): string[] {
    return [...this.#logs.keys()];
  }

  /** Why nothing gets to the disk at the moment, where it fails. */
  get failing(): FramenestError | undefined {
    return this.#writer.failing;
  }

  /**
   * The log of a stream, the same one each time.
   * @param name - letters, digits, `_`, `-` and `.`, at most 128
   * @throws FramenestError OPTION_INVALID
   */
  log(name: string): DurableLog {
    if (!/^[\w.-]{1,128}$/.test(name)) {
      throw new FramenestError('OPTION_INVALID', {
        what: `A log cannot be named ${JSON.stringify(name.slice(0, 128))}.`,
        mend: 'Use up to 128 letters, digits, "_", "-" and ".".',
      });
    }
    const log = this.#logs.get(name) ?? this.#newLog(name);
    this.#logs.set(name, log);
    return log;
  }

  /** Flushes, and lets the folder go. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    clearTimeout(this.#sweeping);
    await Promise.all([...this.#logs.values()].map((log) => log.close()));
    await this.#writer.close();
    await this.#tables.root.close();
    this.#lock.release();
  }

  #newLog(name: string, stored?: StoredStream): DurableLog {
    return new DurableLog(name, stored, {
      writer: this.#writer,
      reader: this.#reader,
      keep: this.#options.keep,
    });
  }

  #written(streams: ReadonlyMap<string, StoredStream>): void {
    this.#reader.refresh();
    for (const [name, stored] of streams) this.#logs.get(name)?.written(stored);
  }

  #makeRoom(): LogOp[] {
    const [largest] = [...this.#logs.values()].sort((a, b) => b.bytes - a.bytes);
    const op = largest?.giveUpQuarter();
    return op ? [op] : [];
  }

  #sweep(): void {
    const busy = [...this.#logs.values()].map((log) => log.expire(Date.now())).includes(true);
    this.#sweeping = setTimeout(() => this.#sweep(), busy ? SWEEP_MS.busy : SWEEP_MS.idle).unref();
  }

  #damaged(what: string): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#options.onTrouble?.(logBroken(join(this.#options.dir, 'data.mdb'), what));
  }
}
