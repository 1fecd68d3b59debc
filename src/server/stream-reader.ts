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

  /** Milliseconds since the reader took something. */
  get idleMs(): number {
    return performance.now() - this.#movedAt;
  }

  /** The next item; waits for it. `undefined` when `signal` aborts. After `end` there is nothing more. */
  async take(signal: AbortSignal): Promise<StreamItem | undefined> {
    while (!signal.aborted) {
      const from = this.#next;
      if (from < this.#log.oldest) {
        this.#moveTo(this.#log.oldest);
        return { type: 'gap', from, to: this.#next - 1, reason: this.#read ? 'slow' : 'expired' };
      }
      const packet = this.#log.get(from);
      if (packet) {
        this.#moveTo(from + 1);
        return { type: 'packet', packet };
      }
      if (this.#stream.ended) return { type: 'end', error: this.#stream.error };
      await this.#changed.wait(signal);
    }
    return undefined;
  }

  #moveTo(sequence: number): void {
    this.#next = sequence;
    this.#read = true;
    this.#movedAt = performance.now();
    this.#changed.notify();
  }
}
