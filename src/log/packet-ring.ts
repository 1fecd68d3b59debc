import { firstAt } from './first-at.ts';
import { StateList } from './state-list.ts';
import type { KeptState, LoggedPacket, PacketLog, StreamTotals } from './packet-log.ts';

/** Bounds of a {@link PacketRing}; the newest packet is kept even where it alone is larger. */
export interface PacketRingLimits {
  readonly packets: number;
  readonly bytes: number;
}

/** Where nothing is said. */
const KEPT: PacketRingLimits = { packets: 1024, bytes: 64 << 20 };

/** A packet log in memory: keeps the newest packets up to a number and a size, and at most 6 states. */
export class PacketRing implements PacketLog {
  readonly durable = false;
  readonly #limits: PacketRingLimits;
  readonly #kept: LoggedPacket[] = [];
  readonly #states = new StateList();
  #bytes = 0;
  #next: number;
  #epoch: number | undefined;
  #sealed: StreamTotals | undefined;
  #identity: string | undefined;
  #atMs = -Infinity;

  /**
   * @param limits - default: 1,024 packets and 64 MiB
   * @param next - sequence of the first packet
   */
  constructor(limits: PacketRingLimits = KEPT, next = 0) {
    this.#limits = limits;
    this.#next = next;
  }

  /** Sequence of the oldest packet kept. */
  get oldest(): number {
    return this.#next - this.#kept.length;
  }

  /** Sequence of the packet to come. */
  get next(): number {
    return this.#next;
  }

  /** Bytes of the packets that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of the newest packet there ever was. */
  get epoch(): number | undefined {
    return this.#epoch;
  }

  /** How its stream ended; until a packet follows. */
  get sealed(): StreamTotals | undefined {
    return this.#sealed;
  }

  /** Whether so many bytes more would exceed a limit. */
  wouldEvict(bytes: number): boolean {
    const { packets, bytes: most } = this.#limits;
    return this.#kept.length > 0 && (this.#kept.length >= packets || this.#bytes + bytes > most);
  }

  /**
   * Adds the next packet; it can be read as soon as this returns.
   * @throws RangeError where the sequence is not `next`
   */
  append(packet: LoggedPacket): Promise<void> {
    if (packet.sequence !== this.#next) {
      return Promise.reject(new RangeError(`Packet ${packet.sequence} was appended where ${this.#next} comes next.`));
    }
    while (this.wouldEvict(packet.bytes.byteLength)) this.#bytes -= this.#kept.shift()?.bytes.byteLength ?? 0;
    this.#atMs = Math.max(this.#atMs, packet.atMs);
    this.#kept.push(packet.atMs < this.#atMs ? { ...packet, atMs: this.#atMs } : packet);
    this.#bytes += packet.bytes.byteLength;
    this.#next++;
    this.#epoch = packet.epoch;
    this.#sealed = undefined;
    this.#states.drop(this.oldest);
    return Promise.resolve();
  }

  /** The packet of that sequence, while it is kept: the very object that was appended, unless its time fell. */
  get(sequence: number): LoggedPacket | undefined {
    return this.#kept[sequence - this.oldest];
  }

  /** The lowest kept sequence at or after this one. */
  seek(sequence: number): number {
    return Math.min(Math.max(sequence, this.oldest), this.#next);
  }

  /** The lowest kept sequence that was made at or after this time, Unix milliseconds. */
  at(atMs: number): number {
    return firstAt(this, atMs, (sequence) => this.get(sequence)?.atMs);
  }

  /** False: there is no disk. */
  synced(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** None: there is no disk that could fail. */
  missing(): number {
    return 0;
  }

  /** Keeps the state after a packet that is kept, for as long as that is. */
  keepState(state: KeptState): void {
    if (this.get(state.sequence) === undefined) return;
    this.#states.add(state);
  }

  /** The newest kept state at or before this sequence; a copy. */
  stateBefore(sequence: number): KeptState | undefined {
    return this.#states.before(sequence);
  }

  /** The stream has ended in good order. */
  seal(totals: StreamTotals): Promise<void> {
    this.#sealed = totals;
    return Promise.resolve();
  }

  /** Lets all go, unless a source of the same identity ended here in good order. */
  restart(identity: string, goesOn = false): Promise<void> {
    if ((this.#sealed || goesOn) && this.#identity === identity) return Promise.resolve();
    this.#identity = identity;
    this.#sealed = undefined;
    this.#kept.length = 0;
    this.#bytes = 0;
    this.#states.clear();
    return Promise.resolve();
  }

  /** Lets everything go. */
  close(): Promise<void> {
    this.#kept.length = 0;
    this.#bytes = 0;
    this.#states.clear();
    return Promise.resolve();
  }
}
