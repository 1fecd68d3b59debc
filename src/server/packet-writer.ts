import type { KeptState, PacketLog, StreamTotals } from '../log/packet-log.ts';
import type { Packet } from '../media/packet.ts';
import { encodePacket } from '../wire/packet-codec.ts';
import { GridRebuilder } from '../view/grid-rebuilder.ts';
import type { TokenGeometry } from '../view/grid-rebuilder.ts';

/** Packets from one kept state to the next: so many are read at most to have the grid at any packet. */
const STATE_EVERY = 256;

/** Puts the packets of one stream into its log, and now and then what a receiver holds after them. */
export class PacketWriter {
  readonly #log: PacketLog;
  readonly #mirror: GridRebuilder;
  #totals: StreamTotals;
  #epoch: number | undefined;
  #sinceState = 0;
  #pending: Promise<void> = Promise.resolve();
  #newest: KeptState | undefined;

  constructor(log: PacketLog, geometry: TokenGeometry) {
    this.#log = log;
    this.#mirror = new GridRebuilder(geometry);
    this.#totals = log.sealed ?? { packets: 0, frames: 0, tokens: 0 };
  }

  /** What went into the log here; of a stream that had ended before, what was in it. */
  get totals(): StreamTotals {
    return this.#totals;
  }

  /** What a receiver holds after the newest packet: X̂, `[side², channels]`. A view: copy it before the next packet. */
  get newest(): KeptState | undefined {
    return this.#newest;
  }

  /**
   * Adds a packet.
   * @param room - waits until so many bytes may be added; false where the stream was stopped meanwhile
   */
  append(packet: Packet, room: (bytes: number) => Promise<boolean>): Promise<void> {
    const appending = this.#append(packet, room);
    this.#pending = appending.catch(() => undefined);
    return appending;
  }

  /** Resolves once no packet is on its way into the log, also of a run that was given up. */
  async idle(): Promise<void> {
    await this.#pending;
  }

  async #append(packet: Packet, room: (bytes: number) => Promise<boolean>): Promise<void> {
    const bytes = encodePacket(packet);
    if (!(await room(bytes.byteLength))) return;
    const { sequence, epoch, wallclockUs } = packet.header;
    const tokens = packet.frames.reduce((sum, frame) => sum + frame.tokens, 0);
    const atMs = wallclockUs === undefined ? Date.now() : Number(wallclockUs / 1000n);
    await this.#log.append({ sequence, bytes, tokens, epoch, atMs });
    const before = this.#totals;
    this.#totals = {
      packets: before.packets + 1,
      frames: before.frames + packet.frames.length,
      tokens: before.tokens + tokens,
    };
    this.#follow(packet);
  }

  /** A state stands at the first packet of each epoch, so that none is ever carried over into the next one. */
  #follow(packet: Packet): void {
    const { sequence, epoch } = packet.header;
    for (const { grid } of this.#mirror.receive(packet)) this.#newest = { sequence, epoch, grid };
    const due = epoch !== this.#epoch || ++this.#sinceState >= STATE_EVERY;
    this.#epoch = epoch;
    if (!due || !this.#newest) return;
    this.#sinceState = 0;
    this.#log.keepState(this.#newest);
  }
}
