import { openSource } from '#dist/decode/open-source.js';
import type { DecoderChoice, OpenOptions } from '#dist/decode/open-source.js';
import { FramenestError } from '#dist/errors.js';
import type { DecodeTarget, FrameSource } from '#dist/media/frame-source.js';
import type { Frame } from '#dist/media/frame.js';
import { toolOrSkip } from './require-tool.ts';

/** Whether this machine has the programs of the ffmpeg decoder. */
export const hasFfmpeg = toolOrSkip('ffmpeg') && toolOrSkip('ffprobe');

/** The decoders that every test of the contract runs for. */
export const decoders = hasFfmpeg ? (['libav', 'ffmpeg'] as const) : (['libav'] as const);

/** The same, and libav in a process of its own. */
export const everyDecoder = [...decoders, 'libav isolated'] as const;

/** Every way of decoding that a test can ask for. */
export type TestedDecoder = DecoderChoice | 'libav isolated';

/** The options that open a source in this way. */
export function opening(decoder: TestedDecoder): OpenOptions {
  return decoder === 'libav isolated' ? { decoder: 'libav', isolated: true } : { decoder };
}

/** 64 px, stretched, every frame. */
export const smallTarget: DecodeTarget = { side: 64, resize: 'stretch', padColor: [10, 120, 240], fps: 'native' };

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/** What came out of a source, and the error that ended it. */
export interface Decoded {
  readonly source: FrameSource;
  readonly frames: readonly Frame[];
  readonly error: FramenestError | undefined;
}

/** Opens and reads an input to its end. */
export async function decodeAll(
  input: string,
  decoder: TestedDecoder,
  target: Partial<DecodeTarget> = {},
  options: OpenOptions = {},
): Promise<Decoded> {
  const source = await openSource(input, { ...smallTarget, ...target }, { ...opening(decoder), ...options });
  const frames: Frame[] = [];
  try {
    for await (const frame of source.frames(never)) frames.push(frame);
  } catch (error) {
    if (error instanceof FramenestError) return { source, frames, error };
    throw error;
  }
  return { source, frames, error: undefined };
}

/** The error that opening an input ends in. */
export async function openError(
  input: string,
  decoder: TestedDecoder,
  options: OpenOptions = {},
): Promise<FramenestError> {
  const opened = await openSource(input, smallTarget, { ...opening(decoder), ...options }).catch(
    (error: unknown) => error,
  );
  if (opened instanceof FramenestError) return opened;
  throw new Error(`Opening "${input}" does not fail as it should.`, { cause: opened });
}

/** The first frame; fails the test where there is none. */
export function first(frames: readonly Frame[]): Frame {
  const [frame] = frames;
  if (!frame) throw new Error('No frame was decoded.');
  return frame;
}
