import { access, constants, stat } from 'node:fs/promises';
import { FramenestError } from '../errors.ts';
import type { DecodeTarget, FrameSource } from '../media/frame-source.ts';
import { inputKind } from './input-kind.ts';
import { aborted, missing, unreadable } from './open-errors.ts';
import type { OpenRequest } from './open-request.ts';

/** Which decoder opens an input. `auto` is libav: it needs nothing installed. */
export type DecoderChoice = 'auto' | 'libav' | 'ffmpeg';

/** How to open a source. */
export interface OpenOptions {
  readonly decoder?: DecoderChoice;
  /** Gives up opening; the frames have their own signal. */
  readonly signal?: AbortSignal;
}

async function checkFile(input: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw missing(input);
  if (found.isDirectory()) throw unreadable(input, 'it is a folder');
  if (found.isFile() && found.size === 0) throw unreadable(input, 'the file is empty');
  await access(path, constants.R_OK).catch(() => {
    throw unreadable(input, 'this user may not read it');
  });
}

async function openLibav(request: OpenRequest): Promise<FrameSource> {
  // Loaded on demand: a platform without a prebuilt libav still has the ffmpeg decoder.
  const libav = await import('./libav-source.ts').catch((cause: unknown) => {
    throw new FramenestError('DECODER_MISSING', {
      what: `The built-in decoder (node-av) does not load on ${process.platform}-${process.arch}.`,
      mend: 'Install the packages again, or install FFmpeg and choose the decoder "ffmpeg".',
      cause,
    });
  });
  return libav.openLibavSource(request);
}

async function openFfmpeg(request: OpenRequest): Promise<FrameSource> {
  const ffmpeg = await import('./ffmpeg-source.ts');
  return ffmpeg.openFfmpegSource(request);
}

/**
 * Opens a video file, a stream URL (`rtsp://`, `http://`, `udp://`, …), a capture device (`/dev/video0`) or a
 * `lavfi:` graph, and reads its facts. Nothing is decoded before the frames are pulled. RTSP goes over TCP; a network
 * input has 10 s to answer.
 * @throws FramenestError INPUT_MISSING, INPUT_UNREADABLE (no video in it), INPUT_UNREACHABLE (network), DECODER_MISSING
 * (no ffmpeg or ffprobe; no libav for this platform), ABORTED.
 */
export async function openSource(input: string, target: DecodeTarget, options: OpenOptions = {}): Promise<FrameSource> {
  const kind = inputKind(input);
  if (kind.path !== undefined) await checkFile(input, kind.path);
  const signal = options.signal ?? new AbortController().signal;
  if (signal.aborted) throw aborted(input);
  const request = { input, kind, target, signal };
  return options.decoder === 'ffmpeg' ? openFfmpeg(request) : openLibav(request);
}
