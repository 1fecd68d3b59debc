import { AV_NOPTS_VALUE, AV_PKT_FLAG_CORRUPT, AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { FFmpegError, Packet } from 'node-av/lib';
import type { DamageLog } from './damage.ts';
import type { LibavInput } from './libav-input.ts';
import type { PacketFeed, PacketRead } from './libav-packets.ts';
import type { SmearGuard } from './smear-guard.ts';

/** What a feeder works with. */
export interface FeederParts {
  /** Stopped by whoever made it. */
  readonly packets: PacketFeed;
  readonly log: DamageLog;
  /** Of a live source. */
  readonly guard: SmearGuard | undefined;
}

/** A pts as libav has it; undefined where there is none. */
export function known(pts: bigint): bigint | undefined {
  return pts === AV_NOPTS_VALUE ? undefined : pts;
}

/** Gives a codec the packets of its stream, and the guard and the log what they tell of damage. One call at a time. */
export class CodecFeeder {
  readonly #input: LibavInput;
  readonly #parts: FeederParts;
  readonly #packet = new Packet();
  /** The packet is the video's and waits to be sent. */
  #pending = false;
  #draining = false;
  #stopped = false;
  #pts: bigint | undefined;
  /** The next packet may be damaged: a loss was told while this one was read, and where one ends the next one begins. */
  #doubt = false;

  constructor(input: LibavInput, parts: FeederParts) {
    this.#input = input;
    this.#parts = parts;
    this.#packet.alloc();
  }

  /** Of the packet that was read last. */
  get pts(): bigint | undefined {
    return this.#pts;
  }

  /**
   * Gives the codec the next packet, or word that the input has ended. One that a full codec refuses is kept for next time.
   * @returns what the codec said to it; undefined where it took none
   */
  async feed(): Promise<number | undefined> {
    const packet = this.#packet;
    while (!this.#pending && !this.#draining && !this.#stopped) await this.#read();
    if (!this.#pending || this.#stopped) return undefined;
    const sent = await this.#input.codec.sendPacket(packet);
    if (sent === AVERROR_EAGAIN) return undefined;
    this.#pending = false;
    packet.unref();
    return sent;
  }

  /** Feeds nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Frees the packet. Not while `feed` runs. */
  free(): void {
    this.#packet.free();
  }

  /** Reads one packet; notes whether it is one for the codec. */
  async #read(): Promise<void> {
    const packet = this.#packet;
    const read = await this.#parts.packets.read(packet);
    if (this.#stopped) return;
    if (read.result < 0) return this.#end(read.result);
    this.#sort(packet, read);
    if (!this.#pending) packet.unref();
  }

  /** The input gives no more: the codec may give what it still holds. */
  async #end(result: number): Promise<void> {
    this.#draining = true;
    if (result !== AVERROR_EOF) this.#parts.log.readError(`reading stops with "${FFmpegError.strerror(result)}"`);
    await this.#input.codec.sendPacket(null);
  }

  #sort(packet: Packet, { lossy, afresh }: PacketRead): void {
    if (afresh) this.#input.codec.flushBuffers();
    // Of whatever stream: it tells that the file is cut off.
    const corrupt = packet.hasFlags(AV_PKT_FLAG_CORRUPT);
    if (corrupt) this.#parts.log.corrupt('a corrupt packet');
    const own = packet.streamIndex === this.#input.stream.index;
    if (own) this.#arrived(known(packet.pts), lossy || corrupt);
    else this.#doubt ||= lossy;
    // Theora repeats a picture with an empty packet, which the codec would take for a mistake.
    this.#pending = own && packet.size > 0;
  }

  /** A packet of the video. */
  #arrived(pts: bigint | undefined, lossy: boolean): void {
    this.#pts = pts;
    if (lossy || this.#doubt) this.#parts.guard?.damaged(pts);
    this.#doubt = lossy;
  }
}
