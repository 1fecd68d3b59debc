import { AVERROR_EOF, AVERROR_EXIT, AVERROR_EXTERNAL } from 'node-av/constants';
import { Packet } from 'node-av/lib';
import type { PacketFeed, PacketRead } from './libav-packets.ts';

/** Packets that are kept at most: 40 s at 25 pictures a second. */
export const SHELF_PACKETS = 1024;

/** Their bytes at most. */
export const SHELF_BYTES = 32 << 20;

interface Kept {
  readonly packet: Packet;
  readonly lossy: boolean;
}

/**
 * Reads an input at all times, so that a camera is drained, and keeps the packets since the newest key frame: whatever is
 * needed to decode the newest picture, if somebody wants it. Holds {@link SHELF_PACKETS} and {@link SHELF_BYTES} at most;
 * where more come without a key frame all are let go, and what follows up to the next one.
 */
export class PacketShelf implements PacketFeed {
  readonly #feed: PacketFeed;
  readonly #stream: number;
  readonly #kept: Kept[] = [];
  readonly #filling: Promise<void>;
  #bytes = 0;
  /** Before the first key frame, and after too many packets without one. */
  #cold = true;
  /** Packets were let go since one was taken. */
  #afresh = false;
  /** A loss was told with the packet before: where one ends the next one begins. */
  #doubt = false;
  #wanted = 0;
  #end: number | undefined;
  #wake: (() => void)[] = [];

  /**
   * @param feed - read from now on, and stopped with the shelf
   * @param stream - index of the one that is decoded
   */
  constructor(feed: PacketFeed, stream: number) {
    this.#feed = feed;
    this.#stream = stream;
    // What a call of libav throws is no error of its own number.
    this.#filling = this.#fill().catch(() => this.#finish(AVERROR_EXTERNAL));
  }

  /** See `PacketFeed`. */
  get waiting(): number {
    return this.#kept.length;
  }

  /** One more picture is wanted. */
  want(): void {
    this.#wanted += 1;
    this.#call();
  }

  /** Settles when a picture is wanted, and once for each `want`; or when no packet will come any more. */
  async wanted(): Promise<void> {
    while (this.#wanted === 0 && this.#end === undefined) await this.#called();
    this.#wanted = Math.max(0, this.#wanted - 1);
  }

  /** See `PacketFeed`. */
  async read(into: Packet): Promise<PacketRead> {
    while (this.#kept.length === 0 && this.#end === undefined) await this.#called();
    const first = this.#kept.shift();
    if (!first) return { result: this.#end ?? AVERROR_EOF, lossy: false, afresh: false };
    const { packet } = first;
    this.#bytes -= packet.size;
    into.unref();
    const result = into.ref(packet);
    packet.free();
    const afresh = this.#afresh;
    this.#afresh = false;
    return { result, lossy: first.lossy, afresh };
  }

  /** See `PacketFeed`. */
  async stop(): Promise<void> {
    this.#finish(AVERROR_EXIT);
    await this.#feed.stop();
    await this.#filling;
  }

  async #fill(): Promise<void> {
    const packet = new Packet();
    packet.alloc();
    while (this.#end === undefined) {
      const { result, lossy } = await this.#feed.read(packet);
      if (result < 0) this.#finish(result);
      else if (packet.streamIndex === this.#stream) this.#take(packet, lossy);
      else this.#doubt ||= lossy;
      packet.unref();
    }
    packet.free();
  }

  #take(packet: Packet, lossy: boolean): void {
    const { isKeyframe } = packet;
    // The reader, too, doubts what follows a loss; but it never sees a packet that is let go.
    const harmed = lossy || (isKeyframe && this.#doubt);
    this.#doubt = lossy;
    const full = this.#kept.length >= SHELF_PACKETS || this.#bytes + packet.size > SHELF_BYTES;
    if (isKeyframe || full) this.#clear();
    this.#cold = isKeyframe ? false : this.#cold || full;
    const copy = this.#cold ? null : packet.clone();
    if (!copy) return;
    this.#kept.push({ packet: copy, lossy: harmed });
    this.#bytes += copy.size;
    this.#call();
  }

  /** What is kept is of no use: a key frame comes, or too much came without one. */
  #clear(): void {
    this.#afresh ||= this.#kept.length > 0;
    for (const { packet } of this.#kept.splice(0)) packet.free();
    this.#bytes = 0;
  }

  #finish(end: number): void {
    this.#end ??= end;
    this.#clear();
    this.#call();
  }

  #call(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #called(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }
}
