import type { FramenestError } from '../errors.ts';
import type { Notifier } from '../flow/notifier.ts';
import type { LoggedPacket, PacketLog } from '../log/packet-log.ts';

/** What a reader gets, in order: packets, what is missing between them, and the end. */
export type StreamItem =
  | { readonly type: 'packet'; readonly packet: LoggedPacket }
  | { readonly type: 'gap'; readonly from: number; readonly to: number; readonly reason: 'expired' | 'slow' }
  | { readonly type: 'end'; readonly error: FramenestError | undefined };

/** What a reader must know of its stream. */
export interface ReadableStreamState {
  readonly ended: boolean;
  readonly error: FramenestError | undefined;
}

/** One reader's place in a stream's log. Reads nothing ahead. */
export class StreamReader {
  readonly #log: PacketLog;
  readonly #changed: Notifier;
  readonly #stream: ReadableStreamState;
  #next: number;
  #movedAt = performance.now();
  #read = false;
  #waiting = false;

  /** @param next - sequence of the first packet wanted */
  constructor(log: PacketLog, changed: Notifier, next: number, stream: ReadableStreamState) {
    this.#log = log;
    this.#changed = changed;
    this.#next = next;
    this.#stream = stream;
  }

  /** Sequence of the packet to read next. */
  get next(): number {
    return this.#next;
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
      if (this.#next < this.#log.oldest) return 'gap';
      if (this.#log.get(this.#next)) return 'packet';
      if (this.#stream.ended) return 'end';
      this.#waiting = true;
      await this.#changed.wait(signal);
      this.#waiting = false;
      this.#movedAt = performance.now();
    }
    return undefined;
  }

  /** The next item; `undefined` where there is none yet. After `end` there is nothing more. */
  take(): StreamItem | undefined {
    const from = this.#next;
    if (from < this.#log.oldest) {
      const reason = this.#read ? 'slow' : 'expired';
      this.#moveTo(this.#log.oldest);
      return { type: 'gap', from, to: this.#next - 1, reason };
    }
    const packet = this.#log.get(from);
    if (packet) {
      this.#moveTo(from + 1);
      return { type: 'packet', packet };
    }
    return this.#stream.ended ? { type: 'end', error: this.#stream.error } : undefined;
  }

  #moveTo(sequence: number): void {
    this.#next = sequence;
    this.#read = true;
    this.#movedAt = performance.now();
    this.#changed.notify();
  }
}
