import { setTimeout } from 'node:timers/promises';
import type { LogOp, StoredStream, StreamFigures } from './log-op.ts';
import { firstAt } from './first-at.ts';
import type { LogReader } from './log-reader.ts';
import type { LogWriter } from './log-writer.ts';
import { LostRanges } from './lost-ranges.ts';
import type { KeptState, LoggedPacket, PacketLog, StreamTotals } from './packet-log.ts';
import { encodeState } from './packet-facts.ts';
import { PacketRing } from './packet-ring.ts';
import { StateList } from './state-list.ts';
import { Retention } from './retention.ts';
import type { LogKeep, PacketSize } from './retention.ts';

/** Newest packets that stay in memory, as the objects that were appended. */
const HOT = { packets: 256, bytes: 32 << 20 };
/** Packets in the journal alone at which the database is written without waiting for its time. */
const FLUSHED_AT = HOT.packets / 2;
/** Most packets that one look at their age lets go. */
const EXPIRED_AT_ONCE = 1024;
/** Between two looks at a disk that fails. */
const pause = (): Promise<void> => setTimeout(250, undefined, { ref: false });
const NONE: StreamFigures = { next: 0, oldest: 0, packets: 0, bytes: 0, atMs: 0 };

/** What a {@link DurableLog} works with, shared by all logs of a store. */
export interface LogParts {
  readonly writer: LogWriter;
  readonly reader: LogReader;
  readonly keep: LogKeep;
}

/** A packet log on disk; made by a `LogStore`. */
export class DurableLog implements PacketLog {
  readonly durable = true;
  readonly #name: string;
  readonly #parts: LogParts;
  readonly #retention: Retention;
  #figures: StreamFigures;
  #stored: StoredStream | undefined;
  #hot: PacketRing;
  /** The newest ones, which the database may not have yet. */
  readonly #states = new StateList();
  #holes: boolean;
  #closed = false;
  readonly #lost = new LostRanges();

  constructor(name: string, stored: StoredStream | undefined, parts: LogParts) {
    this.#name = name;
    this.#parts = parts;
    this.#stored = stored;
    this.#figures = stored ?? NONE;
    this.#hot = this.#newHot();
    this.#retention = new Retention(parts.keep, this);
    this.#holes = stored !== undefined;
  }

  /** Sequence of the oldest packet kept. */
  get oldest(): number {
    const { oldest } = this.#figures;
    return this.#holes ? this.seek(oldest) : oldest;
  }

  /** Sequence of the packet to come. */
  get next(): number {
    return this.#figures.next;
  }

  /** Of the newest packet there ever was. */
  get epoch(): number | undefined {
    return this.#figures.epoch;
  }

  /** How its stream ended; until a packet follows. */
  get sealed(): StreamTotals | undefined {
    return this.#figures.sealed;
  }

  /** Bytes of the packets that are kept. */
  get bytes(): number {
    return this.#figures.bytes;
  }

  /** Whether so many bytes more would exceed a limit. */
  wouldEvict(bytes: number): boolean {
    return this.#retention.exceeds(this.#figures, bytes);
  }

  /**
   * Adds the next packet; see {@link PacketLog.append}. Waits for the disk only where more packets than fit into memory
   * are on their way to it.
   * @throws RangeError where the sequence is not `next`
   */
  async append(packet: LoggedPacket): Promise<void> {
    const { next, atMs } = this.#figures;
    if (packet.sequence !== next) {
      throw new RangeError(`Packet ${packet.sequence} was appended where ${next} comes next.`);
    }
    const size = packet.bytes.byteLength;
    await this.#room(size);
    const kept = packet.atMs < atMs ? { ...packet, atMs } : packet;
    const { bytes, ...facts } = kept;
    const figures = this.#retention.withNewest(this.#figures, kept);
    await this.#parts.writer.write({ stream: this.#name, figures, packet: facts, body: bytes });
    // Anew: others can have gone meanwhile.
    this.#figures = this.#retention.withNewest(this.#figures, kept);
    await this.#hot.append(kept);
    this.#states.drop(this.#figures.oldest);
    if (this.next - (this.#stored?.next ?? 0) >= FLUSHED_AT) void this.#parts.writer.flush();
  }

  /** The packet of that sequence, while it is kept; from the disk where it left memory. */
  get(sequence: number): LoggedPacket | undefined {
    if (sequence < this.#figures.oldest || sequence >= this.next) return undefined;
    const hot = this.#hot.get(sequence);
    if (hot) return hot;
    return this.#stored && this.#parts.reader.packet(this.#stored.id, sequence);
  }

  /** The lowest kept sequence at or after this one. */
  seek(sequence: number): number {
    const from = Math.max(sequence, this.#figures.oldest);
    if (from >= this.#hot.oldest) return Math.min(from, this.next);
    const stored = this.#stored && this.#parts.reader.seek(this.#stored.id, from, this.#hot.oldest);
    return stored ?? this.#hot.oldest;
  }

  /** The lowest kept sequence that was made at or after this time, Unix milliseconds. */
  at(atMs: number): number {
    return firstAt(this, atMs, (sequence) => this.facts(sequence)?.atMs);
  }

  /** Waits until the database has it; see {@link PacketLog.synced}. */
  async synced(sequence: number, signal?: AbortSignal): Promise<boolean> {
    const reached = (): boolean => sequence < (this.#stored?.next ?? 0);
    const lost = (): boolean => this.missing(sequence, sequence) > 0;
    while (!reached() && !lost() && !this.#closed && !signal?.aborted && sequence < this.next) {
      if (!(await this.#parts.writer.flush())) await pause();
    }
    return reached() && !lost();
  }

  /** How many of these the disk has lost since the log was opened. */
  missing(first: number, last: number): number {
    return this.#lost.count(first, last);
  }

  /** Keeps the state after a packet that is kept, for as long as that is. */
  keepState(state: KeptState): void {
    const { sequence } = state;
    if (this.#closed || this.seek(sequence) !== sequence || sequence >= this.next) return;
    void this.#write({ state: sequence, body: encodeState(this.#states.add(state)) });
  }

  /** The newest kept state at or before this sequence; a copy. */
  stateBefore(sequence: number): KeptState | undefined {
    const state = this.#states.before(sequence);
    const from = Math.max(this.#figures.begun ?? 0, state ? state.sequence + 1 : 0);
    const stored = this.#stored && this.#parts.reader.state(this.#stored.id, from, Math.min(sequence, this.next));
    return stored ?? state;
  }

  /** The stream has ended in good order; on the disk when it resolves, unless that fails. */
  async seal(totals: StreamTotals): Promise<void> {
    this.#figures = { ...this.#figures, sealed: totals };
    await this.#write({});
    await this.#parts.writer.flush();
  }

  /** Lets all go, unless a source of the same identity goes on, or ended here in good order. */
  async restart(identity: string, goesOn = false): Promise<void> {
    if ((this.sealed || goesOn) && this.#figures.identity === identity) return;
    const { next, epoch, atMs } = this.#figures;
    this.#figures = { next, oldest: next, packets: 0, bytes: 0, atMs, epoch, identity, begun: next };
    this.#hot = this.#newHot();
    this.#states.clear();
    await this.#write({});
  }

  /** Flushes. The store keeps the folder until it is closed itself. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#parts.writer.flush();
  }

  /**
   * Lets packets go that are too old, a bounded number at a time.
   * @returns whether there may be more
   */
  expire(nowMs: number): boolean {
    const figures = this.#retention.since(this.#figures, nowMs - this.#parts.keep.ageS * 1000, EXPIRED_AT_ONCE);
    const gone = this.#figures.packets - figures.packets;
    if (gone > 0) {
      this.#figures = figures;
      void this.#write({});
    }
    return gone >= EXPIRED_AT_ONCE;
  }

  /** Lets the older quarter of its packets go, though not the newest one. @returns what it is then */
  giveUpQuarter(): LogOp | undefined {
    const figures = this.#retention.newest(this.#figures, Math.floor((this.#figures.packets * 3) / 4));
    if (figures === this.#figures) return undefined;
    this.#figures = figures;
    return { stream: this.#name, figures };
  }

  /** The database has this now. */
  written(stored: StoredStream): void {
    this.#stored = stored;
  }

  /** A packet that will never be on the disk; it is a hole once it leaves memory. */
  lost(sequence: number, size: number): void {
    this.#holes = true;
    this.#lost.add(sequence);
    if (sequence < this.#figures.oldest) return;
    const { packets, bytes } = this.#figures;
    this.#figures = { ...this.#figures, packets: Math.max(0, packets - 1), bytes: Math.max(0, bytes - size) };
  }

  #newHot(): PacketRing {
    const { packets, bytes } = this.#parts.keep;
    const limits = { packets: Math.min(HOT.packets, packets), bytes: Math.min(HOT.bytes, bytes) };
    return new PacketRing(limits, this.#figures.next);
  }

  /** Waits until the disk knows the stream, has sequences set aside, and has what the new packet drives out of memory. */
  async #room(size: number): Promise<void> {
    const { writer } = this.#parts;
    if (!this.#stored || this.next >= this.#stored.reserved) {
      await this.#write({});
      await writer.flush();
    }
    const behind = (): boolean => this.#hot.wouldEvict(size) && this.#hot.oldest >= (this.#stored?.next ?? 0);
    if (behind()) await writer.flush();
  }

  /** Size and time of a packet that is kept. */
  facts(sequence: number): PacketSize | undefined {
    const hot = this.#hot.get(sequence);
    if (hot) return { atMs: hot.atMs, size: hot.bytes.byteLength };
    return this.#stored && this.#parts.reader.facts(this.#stored.id, sequence);
  }

  #write(op: Partial<LogOp>): Promise<void> {
    return this.#parts.writer.write({ ...op, stream: this.#name, figures: this.#figures });
  }
}
