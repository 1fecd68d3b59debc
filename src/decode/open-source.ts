import { access, constants, stat } from 'node:fs/promises';
import type { DecodeTarget, FrameSource } from '../media/frame-source.ts';
import type { Region } from '../media/region.ts';
import { inputKind } from './input-kind.ts';
import type { InputSettings } from './input-kind.ts';
import { checkOptions, checkPair } from './open-checks.ts';
import { aborted, missing, unreadable } from './open-errors.ts';
import { openLibav } from './open-libav.ts';
import type { OpenRequest } from './open-request.ts';
import { PairedSource } from './paired-source.ts';

/** Which decoder opens an input. `auto` is libav: it needs nothing installed. */
export type DecoderChoice = 'auto' | 'libav' | 'ffmpeg';

/** How to open a source. */
export interface OpenOptions extends InputSettings {
  readonly decoder?: DecoderChoice;
  /**
   * Of a camera, opened by libav: its sub-stream, smaller and with the same view. Frames are the sub-stream's, and what is
   * encoded for one is the newest picture of the main stream, which is read at all times and decoded only then. See
   * docs/cameras.md. Both are opened with the other options.
   */
  readonly scoreInput?: string;
  /**
   * libav decodes in a process of its own: what crashes it does not crash this one. The ffmpeg decoder always does.
   * Default false.
   */
  readonly isolated?: boolean;
  /**
   * Hardware that decodes: `off` (default), `auto`, or a device of FFmpeg's (`vaapi`, `cuda`, `qsv`, `videotoolbox`,
   * `d3d11va`, `vulkan`, …). Where it cannot be had the processor decodes, and `onNote` says why.
   */
  readonly hwaccel?: string;
  /** Parts of the upright picture that are painted over, in the padding's colour, before anything else sees them; ≤ 32. */
  readonly hide?: readonly Region[];
  /** Gets a sentence on what was done otherwise than asked for. Holds no secret. */
  readonly onNote?: (text: string) => void;
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

// Each is loaded when it is wanted.
async function openFfmpeg(request: OpenRequest): Promise<FrameSource> {
  const ffmpeg = await import('./ffmpeg-source.ts');
  return ffmpeg.openFfmpegSource(request);
}

async function openIsolated(request: OpenRequest): Promise<FrameSource> {
  const isolated = await import('./process/isolated-source.ts');
  return isolated.openIsolatedSource(request);
}

/** @param onDemand - see {@link OpenRequest} */
async function openOne(
  input: string,
  target: DecodeTarget,
  options: OpenOptions,
  onDemand: boolean,
): Promise<FrameSource> {
  const kind = inputKind(input, options);
  if (kind.path !== undefined) await checkFile(input, kind.path);
  const { signal = new AbortController().signal, hide = [], hwaccel = 'off', onNote = () => undefined } = options;
  if (signal.aborted) throw aborted(input);
  const request = { input, kind, target, hide, hwaccel, alone: false, onDemand, signal, onNote };
  if (options.decoder === 'ffmpeg') return openFfmpeg(request);
  return options.isolated === true ? openIsolated({ ...request, alone: true }) : openLibav(request);
}

/** The main stream first: the sub-stream is taken to show the same, and is often squeezed. */
async function openPair(
  mainInput: string,
  subInput: string,
  target: DecodeTarget,
  options: OpenOptions,
): Promise<FrameSource> {
  const main = await openOne(mainInput, { ...target, fps: 'native' }, options, true);
  try {
    const { width, height } = main.facts;
    const sub = await openOne(subInput, { ...target, shape: [width, height] }, options, false);
    return new PairedSource(main, sub);
  } catch (thrown) {
    await main.close();
    throw thrown;
  }
}

/**
 * Opens a video file, a stream URL (`rtsp://`, `http://`, `udp://`, …), a capture device (`/dev/video0`) or a
 * `lavfi:` graph, and reads its facts. Nothing is decoded before the frames are pulled. RTSP goes over TCP, and a network
 * input has 10 s to answer, unless the options say otherwise.
 * @throws FramenestError INPUT_MISSING, INPUT_UNREADABLE (no video in it), INPUT_UNREACHABLE (network), DECODER_MISSING
 * (no ffmpeg or ffprobe; no libav for this platform), DECODE_FAILED (the decoder's process died), OPTION_INVALID, ABORTED.
 */
export async function openSource(input: string, target: DecodeTarget, options: OpenOptions = {}): Promise<FrameSource> {
  checkOptions(options);
  const { scoreInput } = options;
  if (scoreInput === undefined) return openOne(input, target, options, false);
  checkPair(input, scoreInput, options);
  return openPair(input, scoreInput, target, options);
}
