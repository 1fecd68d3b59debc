import { FramenestError } from '../errors.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { OpenRequest } from './open-request.ts';

/**
 * Opens an input with the built-in decoder, which is loaded now: a platform without a prebuilt libav still has the ffmpeg
 * decoder.
 * @throws FramenestError DECODER_MISSING, INPUT_UNREADABLE, INPUT_UNREACHABLE, INPUT_MISSING (HTTP 404), ABORTED.
 */
export async function openLibav(request: OpenRequest): Promise<FrameSource> {
  const libav = await import('./libav-source.ts').catch((cause: unknown) => {
    throw new FramenestError('DECODER_MISSING', {
      what: `The built-in decoder (node-av) does not load on ${process.platform}-${process.arch}.`,
      mend: 'Install the packages again, or install FFmpeg and choose the decoder "ffmpeg".',
      cause,
    });
  });
  return libav.openLibavSource(request);
}
