import {
  AV_CODEC_FLAG_OUTPUT_CORRUPT,
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_DEFAULT,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVDISCARD_ALL,
  AVERROR_HTTP_NOT_FOUND,
  AVERROR_INVALIDDATA,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { avGetCodecName, Codec, CodecContext, FormatContext, InputFormat } from 'node-av/lib';
import type { Rational, Stream } from 'node-av/lib';
import { matrixDegrees, quarterTurn } from './display-matrix.ts';
import { LibavHardware } from './libav-hardware.ts';
import { checked, LibavError, withOptions } from './libav-runtime.ts';
import { aborted, missing, noVideo, refused, unreachable, unreadable } from './open-errors.ts';
import type { OpenRequest } from './open-request.ts';
import { chooseVideoStream, decoderThreads } from './stream-choice.ts';
import type { VideoStream } from './stream-choice.ts';

/** An opened container and the decoder of its video stream. Whoever gets it frees all three. */
export interface LibavInput {
  readonly container: FormatContext;
  readonly codec: CodecContext;
  /** Where hardware decodes; freed after the codec. */
  readonly hardware: LibavHardware | undefined;
  readonly stream: VideoStream;
  /** Width : height of one pixel as the container says; 0 : 1 where it does not. */
  readonly sampleAspect: Rational;
  readonly durationS: number | undefined;
}

function describe(stream: Stream): VideoStream {
  const { codecpar, avgFrameRate } = stream;
  const matrix = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  return {
    index: stream.index,
    preferred: stream.hasDisposition(AV_DISPOSITION_DEFAULT),
    cover: stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC),
    codec: avGetCodecName(codecpar.codecId) ?? 'unknown',
    width: codecpar.width,
    height: codecpar.height,
    rotation: matrix ? quarterTurn(matrixDegrees(matrix)) : 0,
    timebase: { num: stream.timeBase.num, den: stream.timeBase.den },
    meanFps: avgFrameRate.den > 0 ? avgFrameRate.num / avgFrameRate.den : 0,
  };
}

function duration(container: FormatContext, stream: Stream): number | undefined {
  const { num, den } = stream.timeBase;
  if (stream.duration > 0n) return Number(((Number(stream.duration) * num) / den).toFixed(6));
  const microseconds = container.duration;
  return microseconds === AV_NOPTS_VALUE || microseconds <= 0n ? undefined : Number(microseconds) / 1e6;
}

/** Runs one blocking step of opening; the caller's signal and, on a network, the time limit break it off. */
async function timed(
  container: FormatContext,
  request: OpenRequest,
  call: string,
  step: () => Promise<number>,
): Promise<void> {
  const { input, kind, signal } = request;
  const interrupt = (): void => container.interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  const limit = new AbortController();
  limit.signal.addEventListener('abort', interrupt, { once: true });
  const timer = setTimeout(() => {
    if (kind.network) limit.abort();
  }, kind.timeoutMs);
  try {
    const result = await step();
    if (signal.aborted) throw aborted(input);
    if (limit.signal.aborted) throw unreachable(input, kind, `no answer for ${kind.timeoutMs / 1000} s`);
    checked(result, call);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
  }
}

async function openContainer(container: FormatContext, request: OpenRequest): Promise<void> {
  const { kind } = request;
  const format = kind.format === undefined ? null : InputFormat.findInputFormat(kind.format);
  await withOptions(kind.options, (options) =>
    timed(container, request, 'open', () => container.openInput(kind.url, format, options)),
  );
  await timed(container, request, 'read the streams', () => container.findStreamInfo());
}

async function openCodec(
  codec: CodecContext,
  stream: Stream,
  threads: number,
  { hwaccel, onNote }: OpenRequest,
): Promise<LibavHardware | undefined> {
  const decoder = Codec.findDecoder(stream.codecpar.codecId);
  if (!decoder) throw new Error('this FFmpeg has no decoder for its codec');
  codec.allocContext3(decoder);
  checked(codec.parametersToContext(stream.codecpar), 'codec parameters');
  codec.pktTimebase = stream.timeBase;
  codec.threadCount = threads;
  codec.setFlags(AV_CODEC_FLAG_OUTPUT_CORRUPT);
  const hardware = LibavHardware.attach(codec, decoder, hwaccel, onNote);
  try {
    checked(await codec.open2(decoder), 'open the decoder');
    return hardware;
  } catch (error) {
    hardware?.free();
    throw error;
  }
}

function selectStream(container: FormatContext, { input, kind }: OpenRequest): { native: Stream; stream: VideoStream } {
  // FFmpeg paints plain text as a picture (ANSI art).
  if (container.iformat?.name === 'tty') throw unreadable(input, 'it is a text file');
  const native = container.streams.filter((s) => s.codecpar.codecType === AVMEDIA_TYPE_VIDEO);
  const described = native.map(describe);
  const stream = chooseVideoStream(described);
  const chosen = native.find((s) => s.index === stream?.index);
  if (!stream || !chosen) throw noVideo(input, kind, described);
  // Of a local file everything is read: only so is damage of the other streams seen, and it costs little.
  if (kind.path === undefined) {
    for (const other of container.streams) if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
  }
  return { native: chosen, stream };
}

function translated(error: unknown, { input, kind }: OpenRequest): unknown {
  const gone = error instanceof LibavError && error.number === AVERROR_HTTP_NOT_FOUND;
  if (gone && !kind.live) return missing(input);
  const garbage = error instanceof LibavError && error.number === AVERROR_INVALIDDATA;
  if (error instanceof LibavError) return refused(kind, input, error.reason, garbage);
  return error;
}

/**
 * Opens container and decoder; nothing is decoded but what FFmpeg needs to know the streams.
 * @throws FramenestError INPUT_UNREADABLE, INPUT_UNREACHABLE, INPUT_MISSING (HTTP 404), ABORTED.
 */
export async function openLibavInput(request: OpenRequest): Promise<LibavInput> {
  const container = new FormatContext();
  const codec = new CodecContext();
  try {
    container.allocContext();
    await openContainer(container, request);
    const { native, stream } = selectStream(container, request);
    const hardware = await openCodec(codec, native, decoderThreads(stream, request.kind.live), request);
    const sampleAspect = native.sampleAspectRatio;
    return { container, codec, hardware, stream, sampleAspect, durationS: duration(container, native) };
  } catch (error) {
    codec.freeContext();
    await container.closeInput();
    throw translated(error, request);
  }
}
