import {
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_FRAME_DURATION,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_NONE,
  AV_PIX_FMT_RGB24,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVFMT_FLAG_BITEXACT,
  AVFMT_GLOBALHEADER,
  SWS_ACCURATE_RND,
  SWS_BICUBIC,
} from 'node-av/constants';
import type { AVPixelFormat, FFEncoderCodec, SwsFlags } from 'node-av/constants';
import {
  avGetPixFmtFromName,
  Codec,
  CodecContext,
  FormatContext,
  Frame as Picture,
  Packet,
  Rational,
  SoftwareScaleContext,
} from 'node-av/lib';
import type { Stream } from 'node-av/lib';
import { FramenestError } from '../errors.ts';
import type { Pts, Timebase } from '../media/timebase.ts';
import { matrixOf } from './display-matrix.ts';
import type { Rotation } from './display-matrix.ts';
import { checked, withOptions } from './libav-runtime.ts';

/** What to write. Two runs with the same pictures give the same bytes. */
export interface ClipFormat {
  /** Pixels of the pictures that will be written. */
  readonly width: number;
  readonly height: number;
  /** Of the pts that will be written. A container may store them in a finer one. */
  readonly timebase: Timebase;
  /** FFmpeg's muxer: `mp4`, `matroska`, `mpegts`, `avi`. */
  readonly container: string;
  /** FFmpeg's encoders, the first that this build has is taken: `libx264`, `mpeg4`, `ffv1`. */
  readonly codecs: readonly string[];
  /** FFmpeg's pixel format; `yuv420p` where absent. */
  readonly pixelFormat?: string;
  /** The encoder's own options by FFmpeg's names: `crf`, `bf`, `g`. */
  readonly options?: Readonly<Record<string, string>>;
  /** Clockwise turn that a player shall apply, written as a display matrix. 0 where absent. */
  readonly rotation?: Rotation;
  /** Width : height of one pixel; 1 : 1 where absent. */
  readonly pixelAspect?: { readonly num: number; readonly den: number };
}

/** A video file that is being written. */
export interface ClipWriter {
  /**
   * Appends one picture, `height * width * 3` bytes of RGB24; it may be reused when the promise settles. `pts` must
   * grow; `duration`, in ticks, is how long the picture stands, the distance from the one before where absent.
   * @throws FramenestError OUTPUT_FAILED.
   */
  write(rgb: Uint8Array, pts: Pts, duration?: Pts): Promise<void>;
  /** Ends the file and frees everything. @throws FramenestError OUTPUT_FAILED. */
  finish(): Promise<void>;
  /** Frees everything and leaves the file as it is. Safe after `finish`. */
  abandon(): Promise<void>;
}

interface Parts {
  readonly container: FormatContext;
  readonly codec: CodecContext;
  readonly scaler: SoftwareScaleContext;
  readonly packet: Packet;
}

function outputFailed(path: string, error: unknown): FramenestError {
  return new FramenestError('OUTPUT_FAILED', {
    what: `The video "${path}" cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
    mend: 'Check that the folder exists, is writable and has room.',
    cause: error,
  });
}

function pixelFormatOf(format: ClipFormat): AVPixelFormat {
  const name = format.pixelFormat ?? 'yuv420p';
  const found = avGetPixFmtFromName(name);
  if (found === AV_PIX_FMT_NONE) throw new Error(`FFmpeg has no pixel format ${name}`);
  return found;
}

async function openCodec({ codec, container }: Parts, format: ClipFormat): Promise<void> {
  const encoder = format.codecs
    .map((name) => Codec.findEncoderByName(name as FFEncoderCodec))
    .find((found) => found !== null);
  if (!encoder) throw new Error(`this FFmpeg has no encoder of ${format.codecs.join(', ')}`);
  const { timebase, pixelAspect } = format;
  codec.allocContext3(encoder);
  codec.width = format.width;
  codec.height = format.height;
  codec.pixelFormat = pixelFormatOf(format);
  codec.timeBase = new Rational(timebase.num, timebase.den);
  codec.sampleAspectRatio = new Rational(pixelAspect?.num ?? 1, pixelAspect?.den ?? 1);
  // More threads would cut the pictures differently on another machine.
  codec.threadCount = 1;
  codec.setFlags(AV_CODEC_FLAG_BITEXACT, AV_CODEC_FLAG_FRAME_DURATION);
  const headerApart = Number(container.oformat?.flags ?? 0) & Number(AVFMT_GLOBALHEADER);
  if (headerApart !== 0) codec.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  await withOptions(format.options ?? {}, async (options) => checked(await codec.open2(encoder, options), 'encoder'));
}

async function openContainer({ container, codec }: Parts, format: ClipFormat): Promise<Stream> {
  container.setFlags(AVFMT_FLAG_BITEXACT);
  const stream = container.newStream();
  checked(stream.codecpar.fromContext(codec), 'codec parameters');
  stream.timeBase = codec.timeBase;
  stream.sampleAspectRatio = codec.sampleAspectRatio;
  if (format.rotation) stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, matrixOf(format.rotation));
  checked(await container.openOutput(), 'open');
  checked(await container.writeHeader(), 'header');
  return stream;
}

class LibavWriter implements ClipWriter {
  readonly #path: string;
  readonly #format: ClipFormat;
  readonly #pixelFormat: AVPixelFormat;
  readonly #parts: Parts;
  readonly #stream: Stream;
  #open = true;
  #last: Pts | undefined;

  constructor(path: string, format: ClipFormat, parts: Parts, stream: Stream) {
    this.#path = path;
    this.#format = format;
    this.#pixelFormat = pixelFormatOf(format);
    this.#parts = parts;
    this.#stream = stream;
  }

  async write(rgb: Uint8Array, pts: Pts, duration: Pts = pts - (this.#last ?? pts - 1n)): Promise<void> {
    const converted = new Picture();
    try {
      await this.#convert(rgb, converted);
      converted.pts = pts;
      converted.duration = duration;
      this.#last = pts;
      checked(await this.#parts.codec.sendFrame(converted), 'encode');
      await this.#drain();
    } catch (error) {
      throw outputFailed(this.#path, error);
    } finally {
      converted.free();
    }
  }

  async finish(): Promise<void> {
    try {
      checked(await this.#parts.codec.sendFrame(null), 'encode');
      await this.#drain();
      checked(await this.#parts.container.writeTrailer(), 'trailer');
    } catch (error) {
      throw outputFailed(this.#path, error);
    } finally {
      await this.abandon();
    }
  }

  async abandon(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await release(this.#parts);
  }

  async #convert(rgb: Uint8Array, converted: Picture): Promise<void> {
    const { width, height } = this.#format;
    const bytes = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
    const source = Picture.fromVideoBuffer(bytes, { width, height, format: AV_PIX_FMT_RGB24 });
    try {
      converted.alloc();
      converted.width = width;
      converted.height = height;
      converted.format = this.#pixelFormat;
      checked(converted.allocBuffer(), 'picture');
      checked(await this.#parts.scaler.scaleFrame(converted, source), 'convert');
    } finally {
      source.free();
    }
  }

  async #drain(): Promise<void> {
    const { codec, container, packet } = this.#parts;
    for (;;) {
      const result = await codec.receivePacket(packet);
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return;
      checked(result, 'encode');
      packet.streamIndex = this.#stream.index;
      packet.rescaleTs(codec.timeBase, this.#stream.timeBase);
      checked(await container.interleavedWriteFrame(packet), 'write');
    }
  }
}

async function release({ container, codec, scaler, packet }: Parts): Promise<void> {
  packet.free();
  scaler.freeContext();
  codec.freeContext();
  await container.closeOutput();
  container.freeContext();
}

/**
 * Starts a video file with libav; an existing one is replaced.
 * @throws FramenestError OUTPUT_FAILED.
 */
export async function openClipWriter(path: string, format: ClipFormat): Promise<ClipWriter> {
  const parts: Parts = {
    container: new FormatContext(),
    codec: new CodecContext(),
    scaler: new SoftwareScaleContext(),
    packet: new Packet(),
  };
  parts.packet.alloc();
  try {
    const { width, height } = format;
    checked(parts.container.allocOutputContext2(null, format.container, path), 'container');
    await openCodec(parts, format);
    const stream = await openContainer(parts, format);
    const flags = (SWS_BICUBIC | SWS_ACCURATE_RND) as SwsFlags;
    parts.scaler.getContext(width, height, AV_PIX_FMT_RGB24, width, height, pixelFormatOf(format), flags);
    return new LibavWriter(path, format, parts, stream);
  } catch (error) {
    await release(parts);
    throw outputFailed(path, error);
  }
}
