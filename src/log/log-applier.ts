import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { decodeRecords } from './journal-record.ts';
import { journalPath } from './journal.ts';
import { packetKey, keySequence } from './log-database.ts';
import type { LeftBehind, LogTables } from './log-database.ts';
import type { LogOp, StoredStream } from './log-op.ts';
import { encodeFacts } from './packet-facts.ts';

/** Sequences set aside ahead of the newest packet. */
const RESERVE = 4096;
/** Most entries that one transaction removes. */
const REMOVED_AT_ONCE = 256;
/** Most bytes of packets that one transaction adds, but for a single packet that is larger. */
const ADDED_AT_ONCE = 4 << 20;

/** Brings changes into the database. Every call returns when the disk has them, or throws and has changed nothing. */
export class LogApplier {
  readonly #dir: string;
  readonly #tables: LogTables;

  constructor(dir: string, tables: LogTables) {
    this.#dir = dir;
    this.#tables = tables;
  }

  /**
   * Takes over what the last process left: its journals; and, where the machine stopped under it, sequences go on behind
   * all that can have been given out.
   * @returns the first free generation of the journal
   */
  recover(boot: string | undefined): number {
    const { meta, streams, root } = this.#tables;
    const left = this.#left();
    const journals = readdirSync(this.#dir)
      .flatMap((name) => /^journal-(\d{1,15})$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    for (const generation of journals) this.applyJournal(generation);
    root.transactionSync(() => {
      if (!left.clean && (boot === undefined || boot !== left.boot)) {
        for (const { key, value } of [...streams.getRange()]) {
          const next = Math.max(value.next, value.reserved);
          streams.putSync(key, { ...value, next, ...(value.packets === 0 && { oldest: next }) });
        }
      }
      meta.putSync('left', { ...this.#left(), clean: false, boot });
    });
    return 1 + Math.max(this.#left().applied, ...journals);
  }

  /** Applies a generation of the journal, once, and removes the file. */
  applyJournal(generation: number): void {
    const path = journalPath(this.#dir, generation);
    if (generation > this.#left().applied) this.apply([...decodeRecords(readFileSync(path))], generation);
    rmSync(path, { force: true });
  }

  /** @param generation - of the journal that the changes come from, where they do */
  apply(ops: readonly LogOp[], generation?: number): void {
    const { root, meta } = this.#tables;
    let [from, size] = [0, 0];
    for (const [i, { body }] of ops.entries()) {
      const length = body?.byteLength ?? 0;
      if (size > 0 && size + length > ADDED_AT_ONCE) {
        const part = ops.slice(from, i);
        root.transactionSync(() => this.#applyAll(part));
        [from, size] = [i, 0];
      }
      size += length;
    }
    root.transactionSync(() => {
      this.#applyAll(ops.slice(from));
      if (generation !== undefined) meta.putSync('left', { ...this.#left(), applied: generation });
    });
    for (const name of new Set(ops.map(({ stream }) => stream))) this.#clean(name);
  }

  /** The streams of the database. */
  list(): Map<string, StoredStream> {
    return new Map([...this.#tables.streams.getRange()].map(({ key, value }) => [key, value]));
  }

  /** Says that nothing is missing: after it, nothing may be applied. */
  finish(): void {
    const { root, streams, meta } = this.#tables;
    root.transactionSync(() => {
      for (const [name, stream] of this.list()) streams.putSync(name, { ...stream, reserved: stream.next });
      meta.putSync('left', { ...this.#left(), clean: true });
    });
  }

  #left(): LeftBehind {
    return this.#tables.meta.get('left') ?? { clean: true, applied: 0, nextId: 1 };
  }

  #applyAll(ops: readonly LogOp[]): void {
    for (const op of ops) this.#applyOne(op);
  }

  #applyOne({ stream: name, figures, packet, state, body }: LogOp): void {
    const { streams, facts, bytes, states } = this.#tables;
    const { id, tail, oldest } = streams.get(name) ?? this.#newStream(figures.oldest);
    // What was let go since to make room need not come in again.
    if (packet && body && packet.sequence >= oldest) {
      const key = packetKey(id, packet.sequence);
      facts.putSync(key, encodeFacts(packet, body));
      bytes.putSync(key, body);
    }
    if (state !== undefined && body) states.putSync(packetKey(id, state), body);
    // Room may have been made since the change was written down.
    const most = Math.max(oldest, figures.oldest);
    streams.putSync(name, { ...figures, oldest: most, id, tail, reserved: figures.next + RESERVE });
  }

  #newStream(oldest: number): { id: number; tail: number; oldest: number } {
    const left = this.#left();
    this.#tables.meta.putSync('left', { ...left, nextId: left.nextId + 1 });
    return { id: left.nextId, tail: oldest, oldest };
  }

  /** Removes what lies below the oldest packet, a bounded number of entries at a time. */
  #clean(name: string): void {
    const { root, streams, facts, bytes, states } = this.#tables;
    for (let stream = streams.get(name); stream && stream.tail < stream.oldest; stream = streams.get(name)) {
      const { id, tail, oldest } = stream;
      const range = { start: packetKey(id, tail), end: packetKey(id, oldest), limit: REMOVED_AT_ONCE };
      root.transactionSync(() => {
        const gone = [...facts.getKeys(range)].map((key) => Buffer.from(key));
        for (const key of gone) {
          facts.removeSync(key);
          bytes.removeSync(key);
        }
        const last = gone.length < REMOVED_AT_ONCE ? undefined : gone.at(-1);
        const upTo = last ? keySequence(last) + 1 : oldest;
        const old = [...states.getKeys({ start: packetKey(id, 0), end: packetKey(id, upTo) })].map((key) =>
          Buffer.from(key),
        );
        // The newest of them stays: the oldest packets build on it.
        for (const key of old.slice(0, -1)) states.removeSync(key);
        streams.putSync(name, { ...stream, tail: upTo });
      });
    }
  }
}
