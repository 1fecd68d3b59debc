import { setTimeout as sleep } from 'node:timers/promises';
import {
  AV_FRAME_FLAG_CORRUPT,
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_CORRUPT,
  AVERROR_EAGAIN,
  AVERROR_EOF,
} from 'node-av/constants';
import { FFmpegError, Frame as Picture, Packet } from 'node-av/lib';
import type { SourceCounts } from '../media/frame-source.ts';
import type { DamageLog } from './damage.ts';
import type { FrameBuffers } from './frame-buffers.ts';
import type { PictureFilter } from './libav-graph.ts';
import type { LibavInput } from './libav-input.ts';
import type { LogWatch } from './libav-log-watch.ts';
import { PixelCopier } from './libav-pixels.ts';
import type { SmearGuard } from './smear-guard.ts';

/** Decoding errors in a row, with no packet read in between, after which the decoder is taken to be stuck. */
const stuckAfter = 64;

/** What a reader works with. */
export interface ReaderParts {
  readonly filter: PictureFilter;
  readonly log: DamageLog;
  /** Where the pixels go. */
  readonly buffers: FrameBuffers;
  /** Of a live source. */
  readonly guard: SmearGuard | undefined;
  /** Of a live source that is alone in its process; belongs to the reader. */
  readonly watch: LogWatch | undefined;
}

/** RGB24 rows without their padding, in a buffer of their own. */
export interface PackedPicture {
  readonly pts: bigint | undefined;
  readonly keyframe: boolean;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly wallclockUs?: bigint;
}

function known(pts: bigint): bigint | undefined {
  return pts === AV_NOPTS_VALUE ? undefined : pts;
}

/**
 * Demuxes, decodes and filters on libuv's threads, one picture ahead of what was pulled; the codec's own threads work on
 * the packets it already holds meanwhile. Errors in the data go to the damage log and reading goes on. One pull at a time.
 */
export class PictureReader {
  readonly #input: LibavInput;
  readonly #filter: PictureFilter;
  readonly #log: DamageLog;
  readonly #pixels: PixelCopier;
  readonly #guard: SmearGuard | undefined;
  readonly #watch: LogWatch | undefined;
  readonly #packet = new Packet();
  readonly #pictures = [new Picture(), new Picture()];
  #ahead: Promise<Picture | undefined> | undefined;
  #finished: Promise<PackedPicture | undefined> | undefined;
  /** The packet is the video's and waits to be sent. */
  #pending = false;
  #draining = false;
  #errorsInRow = 0;
  #stopped = false;
  #decoded = 0;
  #skipped = 0;
  /** Pictures that went to the filter: two take turns. */
  #given = 0;
  /** Of the packet that was read last. */
  #packetPts: bigint | undefined;
  /** The next packet may be damaged: a loss was told while this one was read, and where one ends the next one begins. */
  #doubt = false;

  constructor(input: LibavInput, { filter, log, buffers, guard, watch }: ReaderParts) {
    this.#input = input;
    this.#filter = filter;
    this.#log = log;
    this.#pixels = new PixelCopier(buffers);
    this.#guard = guard;
    this.#watch = watch;
    this.#packet.alloc();
    for (const picture of this.#pictures) picture.alloc();
  }

  /**
   * The next picture in presentation order; undefined at the end and after `stop`. The one after it is begun at once: it
   * is decoded and scaled while the caller works on this one.
   */
  async next(): Promise<PackedPicture | undefined> {
    const picture = await (this.#finished ?? this.#finish());
    this.#finished = picture && this.#finish();
    this.#finished?.catch(() => undefined);
    return picture;
  }

  async #finish(): Promise<PackedPicture | undefined> {
    for (;;) {
      const picture = await this.#takeDecoded();
      if (!picture) return undefined;
      const kept = await this.#filter.apply(picture);
      if (kept) return this.#packed(kept);
      this.#skipped += 1;
    }
  }

  #packed(picture: Picture): PackedPicture {
    const { width, height, pts } = picture;
    const data = this.#pixels.copy(picture);
    const wallclock = this.#guard ? { wallclockUs: BigInt(Date.now()) * 1000n } : {};
    return { pts: known(pts), keyframe: picture.keyFrame === 1, width, height, data, ...wallclock };
  }

  /** Waits until no call of libav is running. */
  async idle(): Promise<void> {
    await this.#finished?.catch(() => undefined);
    await this.#ahead?.catch(() => undefined);
  }

  /** The picture that was begun before, and begins the one after it: decoding goes on while this one is filtered. */
  async #takeDecoded(): Promise<Picture | undefined> {
    const picture = await (this.#ahead ?? this.#decode());
    this.#ahead = picture && this.#decode();
    this.#ahead?.catch(() => undefined);
    return picture;
  }

  async #decode(): Promise<Picture | undefined> {
    const picture = this.#pictures[this.#given % 2];
    while (picture && !this.#stopped) {
      // Feeds first: a packet is a picture as a rule, and asking a codec that has none costs a trip to another thread.
      await this.#feed();
      const result = await this.#receive(picture);
      if (await this.#watch?.heardLoss()) this.#guard?.damaged(this.#packetPts);
      if (result === AVERROR_EOF) return undefined;
      if (result === AVERROR_EAGAIN) continue;
      if (result < 0) this.#undecodable(result);
      else if (this.#accepts(picture)) return this.#prepared(picture);
    }
    return undefined;
  }

  /** Pictures that the codec made, that the guard kept back, and that the filter dropped. */
  get counts(): SourceCounts {
    return { decoded: this.#decoded, discarded: this.#guard?.discarded ?? 0, skipped: this.#skipped };
  }

  /** Breaks off a pull that waits for input; the pull then ends with undefined. */
  stop(): void {
    this.#stopped = true;
    this.#input.container.interrupt();
  }

  /** Frees packet and picture. Not while `next` runs. */
  free(): void {
    this.#packet.free();
    for (const picture of this.#pictures) picture.free();
    this.#pixels.free();
    this.#watch?.stop();
  }

  /** Counts the picture; whether it may be shown. */
  #accepts(picture: Picture): boolean {
    const corrupt = picture.decodeErrorFlags !== 0 || picture.hasFlags(AV_FRAME_FLAG_CORRUPT);
    if (corrupt) this.#log.corrupt('a corrupt picture');
    this.#errorsInRow = 0;
    this.#decoded += 1;
    const pts = picture.bestEffortTimestamp;
    picture.pts = pts;
    return this.#guard?.admits({ pts: known(pts), keyframe: picture.keyFrame === 1, corrupt }) ?? true;
  }

  async #prepared(picture: Picture): Promise<Picture> {
    this.#given += 1;
    await this.#input.hardware?.fetch(picture);
    const { sampleAspect } = this.#input;
    if (sampleAspect.num > 0) picture.sampleAspectRatio = sampleAspect;
    return picture;
  }

  #undecodable(result: number): void {
    this.#log.corrupt(`a picture cannot be decoded (${FFmpegError.strerror(result)})`);
    this.#guard?.damaged(this.#packetPts);
    this.#errorsInRow += 1;
    if (this.#errorsInRow > stuckAfter) this.#stopped = true;
  }

  async #receive(picture: Picture): Promise<number> {
    return this.#stopped ? AVERROR_EOF : this.#input.codec.receiveFrame(picture);
  }

  /** Gives the codec the video's next packet, unless the input has ended. A codec that is full keeps it waiting. */
  async #feed(): Promise<void> {
    const { codec } = this.#input;
    const packet = this.#packet;
    while (!this.#pending && !this.#draining && !this.#stopped) await this.#read();
    if (!this.#pending || this.#stopped) return;
    const sent = await codec.sendPacket(packet);
    if (sent === AVERROR_EAGAIN) return;
    this.#pending = false;
    packet.unref();
    if (sent < 0) this.#undecodable(sent);
    else this.#errorsInRow = 0;
  }

  /** The input gives no more: the codec may give what it still holds. */
  async #end(result: number): Promise<void> {
    this.#draining = true;
    if (result !== AVERROR_EOF) this.#log.readError(`reading stops with "${FFmpegError.strerror(result)}"`);
    await this.#input.codec.sendPacket(null);
  }

  #sort(packet: Packet, lossy: boolean): void {
    // Of whatever stream: it tells that the file is cut off.
    const corrupt = packet.hasFlags(AV_PKT_FLAG_CORRUPT);
    if (corrupt) this.#log.corrupt('a corrupt packet');
    const own = packet.streamIndex === this.#input.stream.index;
    if (own) this.#arrived(known(packet.pts), lossy || corrupt);
    else this.#doubt ||= lossy;
    // Theora repeats a picture with an empty packet, which the codec would take for a mistake.
    this.#pending = own && packet.size > 0;
  }

  /** A packet of the video. */
  #arrived(pts: bigint | undefined, lossy: boolean): void {
    this.#packetPts = pts;
    if (lossy || this.#doubt) this.#guard?.damaged(pts);
    this.#doubt = lossy;
  }

  /** Reads one packet; notes whether it is one for the codec. */
  async #read(): Promise<void> {
    const packet = this.#packet;
    const read = await this.#input.container.readFrame(packet);
    const lossy = (await this.#watch?.heardLoss()) ?? false;
    if (this.#stopped) return;
    if (read === AVERROR_EAGAIN) return sleep(2);
    if (read < 0) return this.#end(read);
    this.#sort(packet, lossy);
    if (!this.#pending) packet.unref();
  }
}
