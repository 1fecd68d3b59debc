import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { FramenestError } from '../errors.ts';
import { redactInput } from './redact.ts';

const run = promisify(execFile);

/** The ffmpeg and ffprobe of this machine. */
export interface FfmpegBinary {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** Major and minor version: 5.1 is `[5, 1]`. A build from git, which has none, counts as the newest. */
  readonly version: readonly [number, number];
}

function decoderMissing(tool: 'ffmpeg' | 'ffprobe', variable: string, value: string | undefined): FramenestError {
  const where = value === undefined ? 'is not on the PATH' : `does not run at ${variable}="${redactInput(value)}"`;
  return new FramenestError('DECODER_MISSING', {
    what: `The decoder "ffmpeg" needs the program ${tool}, which ${where}.`,
    mend: `Install FFmpeg, set ${variable} to the program, or choose the decoder "libav", which needs neither.`,
  });
}

/** Reads `ffmpeg version 5.1.9-0+deb12u1 …`, the first line of `ffmpeg -version`. */
export function parseVersion(banner: string): readonly [number, number] {
  const match = /version n?(\d+)\.(\d+)/.exec(banner);
  return match ? [Number(match[1]), Number(match[2])] : [Infinity, 0];
}

function ffprobeBeside(ffmpeg: string): string {
  const beside = join(dirname(ffmpeg), process.platform === 'win32' ? 'ffprobe.exe' : 'ffprobe');
  return dirname(ffmpeg) !== '.' && existsSync(beside) ? beside : 'ffprobe';
}

/**
 * Finds ffmpeg (`FFMPEG_PATH`, else the PATH) and ffprobe (`FFPROBE_PATH`, else beside ffmpeg, else the PATH) and runs
 * both once.
 * @throws FramenestError DECODER_MISSING, with the variable's value.
 */
export async function findFfmpeg(): Promise<FfmpegBinary> {
  const { FFMPEG_PATH, FFPROBE_PATH } = process.env;
  const ffmpeg = FFMPEG_PATH ?? 'ffmpeg';
  const ffprobe = FFPROBE_PATH ?? ffprobeBeside(ffmpeg);
  const [banner] = await Promise.all([
    run(ffmpeg, ['-version']).catch(() => {
      throw decoderMissing('ffmpeg', 'FFMPEG_PATH', FFMPEG_PATH);
    }),
    run(ffprobe, ['-version']).catch(() => {
      throw decoderMissing('ffprobe', 'FFPROBE_PATH', FFPROBE_PATH);
    }),
  ]);
  return { ffmpeg, ffprobe, version: parseVersion(banner.stdout) };
}

/** Whether `binary` is at least version `major.minor`. */
export function atLeast(binary: FfmpegBinary, major: number, minor: number): boolean {
  const [has, hasMinor] = binary.version;
  return has > major || (has === major && hasMinor >= minor);
}
