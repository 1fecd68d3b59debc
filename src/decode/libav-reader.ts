import { setTimeout as sleep } from 'node:timers/promises';
import {
  AV_FRAME_FLAG_CORRUPT,
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_CORRUPT,
  AVERROR_EAGAIN,
  AVERROR_EOF,
} from 'node-av/constants';
import { FFmpegError, Frame as Picture, Packet } from 'node-av/lib';
import type { DamageLog } from './damage.ts';
import type { FrameBuffers } from './frame-buffers.ts';
import type { PictureFilter } from './libav-graph.ts';
import type { LibavInput } from './libav-input.ts';
import { PixelCopier } from './libav-pixels.ts';

/** Decoding errors in a row, with no packet read in between, after which the decoder is taken to be stuck. */
const stuckAfter = 64;

/** RGB24 rows without their padding, in a buffer of their own. */
export interface PackedPicture {
  readonly pts: bigint | undefined;
  readonly keyframe: boolean;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * Demuxes, decodes and filters on libuv's threads, one picture ahead of what was pulled; the codec's own threads work on the packets it
 * already holds meanwhile. Errors in the data go to the damage log and reading goes on. One pull at a time.
 */
export class PictureReader {
  readonly #input: LibavInput;
  readonly #filter: PictureFilter;
  readonly #log: DamageLog;
  readonly #pixels: PixelCopier;
  readonly #packet = new Packet();
  readonly #pictures = [new Picture(), new Picture()];
  #ahead: Promise<Picture | undefined> | undefined;
  #finished: Promise<PackedPicture | undefined> | undefined;
  /** The packet is the video's and waits to be sent. */
  #pending = false;
  #draining = false;
  #errorsInRow = 0;
  #stopped = false;
  #count = 0;

  constructor(input: LibavInput, filter: PictureFilter, log: DamageLog, buffers: FrameBuffers) {
    this.#input = input;
    this.#filter = filter;
    this.#log = log;
    this.#pixels = new PixelCopier(buffers);
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
    }
  }

  #packed(picture: Picture): PackedPicture {
    const { width, height, pts } = picture;
    const data = this.#pixels.copy(picture);
    return { pts: pts === AV_NOPTS_VALUE ? undefined : pts, keyframe: picture.keyFrame === 1, width, height, data };
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
    const picture = this.#pictures[this.#count % 2];
    while (picture && !this.#stopped) {
      // Feeds first: a packet is a picture as a rule, and asking a codec that has none costs a trip to another thread.
      await this.#feed();
      const result = await this.#receive(picture);
      if (result === AVERROR_EOF) return undefined;
      if (result === AVERROR_EAGAIN) continue;
      if (result >= 0) return this.#accept(picture);
      this.#undecodable(result);
    }
    return undefined;
  }

  /** Pictures that the codec made, those that the filter dropped included. */
  get decoded(): number {
    return this.#count;
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
  }

  #accept(picture: Picture): Picture {
    if (picture.decodeErrorFlags !== 0 || picture.hasFlags(AV_FRAME_FLAG_CORRUPT))
      this.#log.corrupt('a corrupt picture');
    this.#errorsInRow = 0;
    this.#count += 1;
    picture.pts = picture.bestEffortTimestamp;
    const { sampleAspect } = this.#input;
    if (sampleAspect.num > 0) picture.sampleAspectRatio = sampleAspect;
    return picture;
  }

  #undecodable(result: number): void {
    this.#log.corrupt(`a picture cannot be decoded (${FFmpegError.strerror(result)})`);
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

  /** Reads one packet; notes whether it is one for the codec. */
  async #read(): Promise<void> {
    const { container, codec, stream } = this.#input;
    const packet = this.#packet;
    const read = await container.readFrame(packet);
    if (this.#stopped) return;
    if (read === AVERROR_EAGAIN) return sleep(2);
    if (read < 0) {
      this.#draining = true;
      if (read !== AVERROR_EOF) this.#log.readError(`reading stops with "${FFmpegError.strerror(read)}"`);
      await codec.sendPacket(null);
      return;
    }
    // Of whatever stream: it tells that the file is cut off.
    if (packet.hasFlags(AV_PKT_FLAG_CORRUPT)) this.#log.corrupt('a corrupt packet');
    // Theora repeats a picture with an empty packet, which the codec would take for a mistake.
    this.#pending = packet.streamIndex === stream.index && packet.size > 0;
    if (!this.#pending) packet.unref();
  }
}
