import { execFile } from 'node:child_process';
import type { ExecFileException } from 'node:child_process';
import { parseTimebase } from '../media/timebase.ts';
import { atLeast } from './ffmpeg-binary.ts';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { quarterTurn } from './display-matrix.ts';
import type { Rotation } from './display-matrix.ts';
import type { InputKind } from './input-kind.ts';
import { aborted, missing, noVideo, refused, unreachable, unreadable } from './open-errors.ts';
import type { OpenRequest } from './open-request.ts';
import { chooseVideoStream } from './stream-choice.ts';
import type { VideoStream } from './stream-choice.ts';

/** The fields of ffprobe's JSON that are read here. */
interface ProbedStream {
  readonly index: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly time_base?: string;
  readonly avg_frame_rate?: string;
  readonly duration?: string;
  readonly disposition?: { readonly default?: number; readonly attached_pic?: number };
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

interface Probed {
  readonly streams?: readonly ProbedStream[];
  readonly format?: { readonly format_name?: string; readonly duration?: string };
}

/** What ffprobe tells of an input. */
export interface FfmpegInput {
  readonly stream: VideoStream;
  readonly durationS: number | undefined;
}

/** The options that open the input, as ffmpeg and ffprobe of this version take them. */
export function inputOptions(kind: InputKind, binary: FfmpegBinary): string[] {
  const format = kind.format === undefined ? [] : ['-f', kind.format];
  const options = Object.entries(kind.options).flatMap(([name, value]) => {
    // Before FFmpeg 5 `timeout` made an RTSP input wait for a caller.
    const old = name === 'timeout' && kind.url.startsWith('rtsp') && !atLeast(binary, 5, 0);
    return [`-${old ? 'stimeout' : name}`, value];
  });
  return [...format, ...options];
}

// ffprobe counts anticlockwise.
function turned(stream: ProbedStream): Rotation {
  const side = stream.side_data_list?.find(({ rotation }) => rotation !== undefined);
  return quarterTurn(-(side?.rotation ?? 0));
}

function meanFps({ avg_frame_rate = '' }: ProbedStream): number {
  const rate = parseTimebase(avg_frame_rate);
  return rate ? rate.num / rate.den : 0;
}

function describe(stream: ProbedStream): VideoStream {
  const { width = 0, height = 0, codec_name: codec = 'unknown', time_base: ticks = '' } = stream;
  return {
    index: stream.index,
    preferred: stream.disposition?.default === 1,
    cover: stream.disposition?.attached_pic === 1,
    codec,
    width,
    height,
    rotation: turned(stream),
    timebase: parseTimebase(ticks) ?? { num: 1, den: 1000 },
    meanFps: meanFps(stream),
  };
}

const garbage = /Invalid data found|moov atom not found|Unknown input format|could not find codec/i;

/** The last line of ffprobe's log that says something: the reason. */
function lastLine(log: string): string {
  return log.trim().split('\n').at(-1) ?? '';
}

function translated(error: ExecFileException, log: string, { input, kind, signal }: OpenRequest): Error {
  if (signal.aborted) return aborted(input);
  if (error.killed === true) return unreachable(input, kind, `no answer for ${kind.timeoutMs / 1000} s`);
  if (kind.network && /404 Not Found/.test(log) && kind.url.startsWith('http')) return missing(input);
  const reason = lastLine(log).replace(`${kind.url}: `, '');
  return refused(kind, input, reason === '' ? 'ffprobe gives no reason' : reason, garbage.test(log));
}

function probe(request: OpenRequest, binary: FfmpegBinary): Promise<Probed> {
  const { kind, signal } = request;
  const show = ['-v', 'error', '-of', 'json', '-show_streams', '-show_format'];
  const args = [...show, ...inputOptions(kind, binary), '-i', kind.url];
  const limit = kind.network ? { timeout: 2 * kind.timeoutMs } : {};
  return new Promise((resolve, reject) => {
    execFile(
      binary.ffprobe,
      args,
      { signal, killSignal: 'SIGKILL', maxBuffer: 2 ** 24, ...limit },
      (error, stdout, stderr) => {
        if (error) reject(translated(error, stderr, request));
        else resolve(JSON.parse(stdout) as Probed);
      },
    );
  });
}

function firstSeconds(...texts: readonly (string | undefined)[]): number | undefined {
  return texts.map(Number).find((s) => Number.isFinite(s) && s > 0);
}

/**
 * Reads an input's facts with ffprobe.
 * @throws FramenestError INPUT_UNREADABLE, INPUT_UNREACHABLE, INPUT_MISSING (HTTP 404), ABORTED.
 */
export async function probeInput(request: OpenRequest, binary: FfmpegBinary): Promise<FfmpegInput> {
  const { streams = [], format } = await probe(request, binary);
  if (format?.format_name === 'tty') throw unreadable(request.input, 'it is a text file');
  const video = streams.filter((s) => s.codec_type === 'video');
  const described = video.map(describe);
  const stream = chooseVideoStream(described);
  if (!stream) throw noVideo(request.input, request.kind, described);
  const own = video.find((s) => s.index === stream.index)?.duration;
  return { stream, durationS: firstSeconds(own, format?.duration) };
}
