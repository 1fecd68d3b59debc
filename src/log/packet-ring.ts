import type { LoggedPacket, PacketLog } from './packet-log.ts';

/** Bounds of a {@link PacketRing}; the newest packet is kept even where it alone is larger. */
export interface PacketRingLimits {
  readonly packets: number;
  readonly bytes: number;
}

/** A packet log in memory: keeps the newest packets up to a number and a size. */
export class PacketRing implements PacketLog {
  readonly #limits: PacketRingLimits;
  readonly #kept: LoggedPacket[] = [];
  #bytes = 0;
  #next = 0;

  constructor(limits: PacketRingLimits) {
    this.#limits = limits;
  }

  /** Sequence of the oldest packet kept. */
  get oldest(): number {
    return this.#next - this.#kept.length;
  }

  /** Sequence of the packet to come. */
  get next(): number {
    return this.#next;
  }

  /** Whether so many bytes more would exceed a limit. */
  wouldEvict(bytes: number): boolean {
    const { packets, bytes: most } = this.#limits;
    return this.#kept.length > 0 && (this.#kept.length >= packets || this.#bytes + bytes > most);
  }

  /** Adds the next packet. */
  append(packet: LoggedPacket): void {
    if (packet.sequence !== this.#next) {
      throw new RangeError(`Packet ${packet.sequence} was appended where ${this.#next} comes next.`);
    }
    while (this.wouldEvict(packet.bytes.byteLength)) this.#bytes -= this.#kept.shift()?.bytes.byteLength ?? 0;
    this.#kept.push(packet);
    this.#bytes += packet.bytes.byteLength;
    this.#next++;
  }

  /** The packet of that sequence, while it is kept. */
  get(sequence: number): LoggedPacket | undefined {
    return this.#kept[sequence - this.oldest];
  }
}
