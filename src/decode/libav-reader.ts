import { AV_FRAME_FLAG_CORRUPT, AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { FFmpegError, Frame as Picture } from 'node-av/lib';
import type { SourceCounts } from '../media/frame-source.ts';
import { CodecFeeder, known } from './libav-feeder.ts';
import type { DamageLog } from './damage.ts';
import type { FrameBuffers } from './frame-buffers.ts';
import type { PictureFilter } from './libav-graph.ts';
import type { LibavInput } from './libav-input.ts';
import type { LogWatch } from './libav-log-watch.ts';
import { DirectPackets } from './libav-packets.ts';
import type { PacketFeed } from './libav-packets.ts';
import { PixelCopier } from './libav-pixels.ts';
import { PacketShelf } from './libav-shelf.ts';
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
  /** Pictures are made when they are wanted, each the newest: see `want`. */
  readonly onDemand: boolean;
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

/**
 * Demuxes, decodes and filters on libuv's threads, one picture ahead of what was pulled; the codec's own threads work on
 * the packets it already holds meanwhile. Errors in the data go to the damage log and reading goes on. One pull at a time.
 *
 * On demand it reads at all times, decodes nothing until a picture is wanted, and then what leads to the newest one.
 */
export class PictureReader {
  readonly #input: LibavInput;
  readonly #filter: PictureFilter;
  readonly #log: DamageLog;
  readonly #pixels: PixelCopier;
  readonly #guard: SmearGuard | undefined;
  readonly #watch: LogWatch | undefined;
  readonly #packets: PacketFeed;
  readonly #shelf: PacketShelf | undefined;
  readonly #feeder: CodecFeeder;
  readonly #pictures = [new Picture(), new Picture()];
  #ahead: Promise<Picture | undefined> | undefined;
  #finished: Promise<PackedPicture | undefined> | undefined;
  #errorsInRow = 0;
  #stopped = false;
  #decoded = 0;
  #skipped = 0;
  /** Pictures that went to the filter: two take turns. */
  #given = 0;

  constructor(input: LibavInput, { filter, log, buffers, guard, watch, onDemand }: ReaderParts) {
    this.#input = input;
    this.#filter = filter;
    this.#log = log;
    this.#pixels = new PixelCopier(buffers);
    this.#guard = guard;
    this.#watch = watch;
    const direct = new DirectPackets(input.container, watch);
    this.#shelf = onDemand ? new PacketShelf(direct, input.stream.index) : undefined;
    this.#packets = this.#shelf ?? direct;
    this.#feeder = new CodecFeeder(input, { packets: this.#packets, log, guard });
    for (const picture of this.#pictures) picture.alloc();
  }

  /**
   * The next picture in presentation order; undefined at the end and after `stop`. The one after it is begun at once: it
   * is decoded and scaled while the caller works on this one.
   */
  async next(): Promise<PackedPicture | undefined> {
    if (this.#shelf) {
      await this.#shelf.wanted();
      return this.#finish();
    }
    const picture = await (this.#finished ?? this.#finish());
    this.#finished = picture && this.#finish();
    this.#finished?.catch(() => undefined);
    return picture;
  }

  /** On demand: asks for the newest picture. `next` gives one for each time that it was asked for. */
  want(): void {
    this.#shelf?.want();
  }

  async #finish(): Promise<PackedPicture | undefined> {
    for (;;) {
      const picture = await (this.#shelf ? this.#decode() : this.#takeDecoded());
      if (!picture) return undefined;
      const kept = this.#packets.waiting > 0 ? undefined : await this.#filter.apply(picture);
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
    await this.#packets.stop();
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
      if (await this.#watch?.heardLoss()) this.#guard?.damaged(this.#feeder.pts);
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
    this.#feeder.stop();
    void this.#packets.stop();
  }

  /** Frees packets and pictures. Not while `next` runs. */
  free(): void {
    this.#feeder.free();
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
    this.#guard?.damaged(this.#feeder.pts);
    this.#errorsInRow += 1;
    if (this.#errorsInRow > stuckAfter) this.#stopped = true;
  }

  async #receive(picture: Picture): Promise<number> {
    return this.#stopped ? AVERROR_EOF : this.#input.codec.receiveFrame(picture);
  }

  async #feed(): Promise<void> {
    const sent = await this.#feeder.feed();
    if (sent === undefined) return;
    if (sent < 0) this.#undecodable(sent);
    else this.#errorsInRow = 0;
  }
}
