import type { KeptState, LoggedPacket, PacketLog } from '../log/packet-log.ts';
import type { Packet } from '../media/packet.ts';
import { GridRebuilder } from '../view/grid-rebuilder.ts';
import type { TokenGeometry } from '../view/grid-rebuilder.ts';
import { decodePacket } from '../wire/packet-codec.ts';

/** Packets that are read in one go; then others have their turn. */
const IN_ONE_GO = 16;

/** What is needed to have a stream's grid at any of its packets. */
export interface GridSource {
  readonly log: PacketLog;
  readonly geometry: TokenGeometry;
  /** What a receiver holds after the newest packet, X̂, `[side², channels]`; read only. */
  readonly newest: KeptState | undefined;
}

/** X̂ along the packets of a log: what a receiver of all of them holds. Cheap from one packet to the next. */
export class ReplayedGrid {
  readonly #source: GridSource;
  readonly #rebuilder: GridRebuilder;
  /** The packet after which the grid stands. */
  #at = -1;
  #epoch: number | undefined;
  #exact = false;

  constructor(source: GridSource) {
    this.#source = source;
    this.#rebuilder = new GridRebuilder(source.geometry);
  }

  /** Whether it stands on all packets of its epoch: where some are missing from the log, a receiver of all holds something else. */
  get exact(): boolean {
    return this.#exact;
  }

  /**
   * What a receiver holds after a packet of the log. From far away it reads up to 256 packets. Where packets are missing
   * from the log, their regions are as they were before.
   * @returns X̂, `[side², channels]` float32. A view, valid until the next call
   */
  async after(packet: Packet): Promise<Float32Array> {
    const { sequence } = packet.header;
    if (this.#at === sequence) return this.#rebuilder.grid;
    if (this.#at !== sequence - 1) await this.#goTo(sequence - 1);
    this.#receive(packet);
    return this.#rebuilder.grid;
  }

  /**
   * What a receiver held before a packet of the log; `undefined` where the packet begins an epoch, or nothing is known.
   * @returns as `after`
   */
  async before({ header }: Packet): Promise<Float32Array | undefined> {
    if (this.#at !== header.sequence - 1) await this.#goTo(header.sequence - 1);
    return this.#epoch === header.epoch ? this.#rebuilder.grid : undefined;
  }

  async #goTo(sequence: number): Promise<void> {
    const { log, newest } = this.#source;
    if (this.#at > sequence) this.#at = -1;
    const state = newest && newest.sequence <= sequence ? newest : log.stateBefore(sequence);
    if (state && state.sequence > this.#at) {
      this.#rebuilder.restore(state);
      this.#at = state.sequence;
      this.#epoch = state.epoch;
      this.#exact = true;
    } else if (this.#at < 0) {
      this.#rebuilder.restore();
      this.#epoch = undefined;
      this.#exact = false;
    }
    let read = 0;
    for (let next = log.seek(this.#at + 1); next <= sequence; next = log.seek(next + 1)) {
      const packet = log.get(next);
      if (packet) this.#receive(decoded(packet));
      if (++read % IN_ONE_GO === 0) await new Promise(setImmediate);
    }
  }

  #receive(packet: Packet): void {
    const { sequence, epoch } = packet.header;
    Array.from(this.#rebuilder.receive(packet));
    const follows = sequence === this.#at + 1;
    // An epoch begins with nothing held; the very first packet begins one.
    this.#exact = follows && (this.#exact || sequence === 0 || (this.#at >= 0 && epoch !== this.#epoch));
    this.#at = sequence;
    this.#epoch = epoch;
  }
}

function decoded({ bytes }: LoggedPacket): Packet {
  return decodePacket(bytes);
}
