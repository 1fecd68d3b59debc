import type { StreamFigures } from './log-op.ts';
import type { LoggedPacket } from './packet-log.ts';

/** How much of a stream is kept; the newest packet always is. */
export interface LogKeep {
  readonly bytes: number;
  readonly ageS: number;
  readonly packets: number;
}

/** What there is to know of a kept packet. */
export interface PacketSize {
  readonly atMs: number;
  /** Bytes. */
  readonly size: number;
}

/** The packets that a {@link Retention} decides about. */
export interface KeptPackets {
  /** The lowest kept sequence at or after this one. */
  seek(sequence: number): number;
  /** Undefined where it is not kept. */
  facts(sequence: number): PacketSize | undefined;
}

/** What goes when: oldest first, until what is left keeps the bounds. Changes nothing itself. */
export class Retention {
  readonly #keep: LogKeep;
  readonly #kept: KeptPackets;

  constructor(keep: LogKeep, kept: KeptPackets) {
    this.#keep = keep;
    this.#kept = kept;
  }

  /** Whether so many bytes more would exceed a bound. */
  exceeds({ packets, bytes }: StreamFigures, more: number): boolean {
    return packets > 0 && (packets >= this.#keep.packets || bytes + more > this.#keep.bytes);
  }

  /** With a packet added, and without what has to go for it. */
  withNewest(before: StreamFigures, { sequence, epoch, atMs, bytes }: LoggedPacket): StreamFigures {
    const size = bytes.byteLength;
    let figures = before;
    while (this.exceeds(figures, size)) figures = this.#withoutOldest(figures);
    const oldest = figures.packets === 0 ? sequence : figures.oldest;
    const totals = { packets: figures.packets + 1, bytes: figures.bytes + size };
    return { next: sequence + 1, oldest, ...totals, atMs, epoch, identity: figures.identity };
  }

  /** Without packets that were made before this Unix time, milliseconds; at most `most` of them. */
  since(before: StreamFigures, atMs: number, most: number): StreamFigures {
    let figures = before;
    for (let i = 0; i < most && figures.packets > 1; i++) {
      if ((this.#kept.facts(this.#kept.seek(figures.oldest))?.atMs ?? Infinity) >= atMs) break;
      figures = this.#withoutOldest(figures);
    }
    return figures;
  }

  /** With so many of the newest packets, at least one; as it was where there are no more. */
  newest(before: StreamFigures, packets: number): StreamFigures {
    let figures = before;
    while (figures.packets > Math.max(1, packets)) figures = this.#withoutOldest(figures);
    return figures;
  }

  #withoutOldest(figures: StreamFigures): StreamFigures {
    const { packets, bytes, next } = figures;
    const gone = this.#kept.seek(figures.oldest);
    const oldest = this.#kept.seek(gone + 1);
    if (oldest >= next) return { ...figures, oldest: next, packets: 0, bytes: 0 };
    const size = this.#kept.facts(gone)?.size ?? 0;
    return { ...figures, oldest, packets: Math.max(1, packets - 1), bytes: Math.max(0, bytes - size) };
  }
}
