import type { FramenestError } from '../errors.ts';
import type { Notifier } from '../flow/notifier.ts';
import type { LoggedPacket, PacketLog } from '../log/packet-log.ts';

/** Packets that will never come. */
export interface Gap {
  readonly type: 'gap';
  /** First and last sequence. */
  readonly from: number;
  readonly to: number;
  /** Gone when the reader began; let go since; or never kept. */
  readonly reason: 'expired' | 'slow' | 'lost';
}

/** What a reader gets, in order: packets, what is missing between them, and the end. */
export type StreamItem =
  | { readonly type: 'packet'; readonly packet: LoggedPacket }
  | Gap
  | { readonly type: 'end'; readonly error: FramenestError | undefined };

/** What a reader must know of its stream. */
export interface ReadableStreamState {
  readonly ended: boolean;
  readonly error: FramenestError | undefined;
}

/** Where a reader begins, and how far it may fall behind. */
export interface ReaderPlace {
  /** Sequence of the first packet wanted. */
  readonly next: number;
  /** Packets that may wait for it; older ones are let go. Default: as many as the log keeps. */
  readonly maxLag?: number | undefined;
}

/** Two, so that a reader that moves does not wake all the others. */
export interface ReaderSignals {
  /** Fires when a packet was added, or the stream ended: readers wait for it. */
  readonly appended: Notifier;
  /** Fires when a reader moved, came or went: a file that has no room waits for it. */
  readonly moved: Notifier;
}

/** One reader's place in a stream's log. Reads nothing ahead. */
export class StreamReader {
  readonly #log: PacketLog;
  readonly #signals: ReaderSignals;
  readonly #stream: ReadableStreamState;
  readonly #maxLag: number;
  /** What was older when this reader began is none of its slowness. */
  readonly #oldestAtFirst: number;
  #next: number;
  #movedAt = performance.now();
  #waiting = false;

  constructor(
    log: PacketLog,
    signals: ReaderSignals,
    { next, maxLag = Infinity }: ReaderPlace,
    stream: ReadableStreamState,
  ) {
    this.#log = log;
    this.#signals = signals;
    this.#next = next;
    this.#maxLag = maxLag;
    this.#oldestAtFirst = log.oldest;
    this.#stream = stream;
  }

  /** Sequence of the packet to read next. */
  get next(): number {
    return this.#next;
  }

  /** Packets that wait for it. */
  get lag(): number {
    return Math.max(0, this.#log.next - this.#next);
  }

  /** For how long there was something to take and the reader took nothing, milliseconds. */
  get idleMs(): number {
    return this.#waiting ? 0 : performance.now() - this.#movedAt;
  }

  /**
   * Waits until there is something to take, and leaves it there. What is ready as a packet can be gone, and a gap, by
   * the time it is taken.
   * @returns its type; `undefined` when `signal` aborts
   */
  async ready(signal: AbortSignal): Promise<StreamItem['type'] | undefined> {
    while (!signal.aborted) {
      const type = this.peek();
      if (type) return type;
      this.#waiting = true;
      await this.#signals.appended.wait(signal);
      this.#waiting = false;
      this.#movedAt = performance.now();
    }
    return undefined;
  }

  /** The type of what there is to take now; `undefined` where there is nothing. */
  peek(): StreamItem['type'] | undefined {
    if (this.#next < this.#log.next) return this.#log.get(this.#next) ? 'packet' : 'gap';
    return this.#stream.ended ? 'end' : undefined;
  }

  /** The next item; `undefined` where there is none yet. After `end` there is nothing more. */
  take(): StreamItem | undefined {
    const gap = this.#gap();
    if (gap) {
      this.#moveTo(gap.to + 1);
      return gap;
    }
    const packet = this.#log.get(this.#next);
    if (packet) {
      this.#moveTo(this.#next + 1);
      return { type: 'packet', packet };
    }
    return this.#stream.ended ? { type: 'end', error: this.#stream.error } : undefined;
  }

  #gap(): Gap | undefined {
    const from = this.#next;
    const { oldest } = this.#log;
    if (this.lag > this.#maxLag) return { type: 'gap', from, to: this.#log.next - this.#maxLag - 1, reason: 'slow' };
    if (from < oldest) {
      return { type: 'gap', from, to: oldest - 1, reason: from < this.#oldestAtFirst ? 'expired' : 'slow' };
    }
    const kept = this.#log.seek(from);
    return kept > from && from < this.#log.next ? { type: 'gap', from, to: kept - 1, reason: 'lost' } : undefined;
  }

  #moveTo(sequence: number): void {
    this.#next = sequence;
    this.#movedAt = performance.now();
    this.#signals.moved.notify();
  }
}
