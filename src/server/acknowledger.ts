import type { PacketLog } from '../log/packet-log.ts';

/** What is said of a stream whose packets are on the disk. */
export interface Acknowledged {
  /** Everything up to here is on the disk … */
  readonly sequence: number;
  /** … but for so many, which a failing disk has lost since the server was started. */
  readonly lost: number;
}

/** Answers the acks of one session: of each log at most one is waited for at a time, the newest. */
export class Acknowledger {
  readonly #tell: (stream: string, acknowledged: Acknowledged) => void;
  readonly #wanted = new Map<PacketLog, number>();
  readonly #ended = new AbortController();

  constructor(tell: (stream: string, acknowledged: Acknowledged) => void) {
    this.#tell = tell;
  }

  /** Says, once that is so, that this packet is on the disk; nothing where it never gets there. Asked again, again. */
  ack(stream: string, log: PacketLog, sequence: number): void {
    // Of what was never made nothing is on a disk.
    const wanted = Math.min(sequence, log.next - 1);
    if (!log.durable || wanted < 0) return;
    const waiting = this.#wanted.get(log);
    this.#wanted.set(log, Math.max(waiting ?? 0, wanted));
    if (waiting === undefined) void this.#answer(stream, log);
  }

  /** The session is over: nothing more is said. */
  end(): void {
    this.#ended.abort();
  }

  async #answer(stream: string, log: PacketLog): Promise<void> {
    const { signal } = this.#ended;
    for (let sequence = this.#wanted.get(log); sequence !== undefined; sequence = this.#next(log, sequence)) {
      if (!(await log.synced(sequence, signal)) || signal.aborted) continue;
      this.#tell(stream, { sequence, lost: log.missing(0, sequence) });
    }
  }

  /** What was asked for since; where nothing was, nothing is waited for any more. */
  #next(log: PacketLog, done: number): number | undefined {
    const wanted = this.#wanted.get(log);
    if (wanted !== undefined && wanted > done && !this.#ended.signal.aborted) return wanted;
    this.#wanted.delete(log);
    return undefined;
  }
}
