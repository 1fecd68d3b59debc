import type { Timebase } from '../media/timebase.ts';
import type { Rotation } from './display-matrix.ts';

/** What both decoders read of a container's video stream, to choose one. */
export interface VideoStream {
  /** Position among all streams of the container. */
  readonly index: number;
  /** The container marks it as the one to play. */
  readonly preferred: boolean;
  /** A cover picture of an audio file: no video. */
  readonly cover: boolean;
  readonly codec: string;
  /** Coded size, pixels, before rotation. */
  readonly width: number;
  readonly height: number;
  readonly rotation: Rotation;
  readonly timebase: Timebase;
  /** Mean frames per second; 0 where unknown. */
  readonly meanFps: number;
}

/** The video stream to decode: the preferred one, else the first; never a cover. Undefined where there is none. */
export function chooseVideoStream(streams: readonly VideoStream[]): VideoStream | undefined {
  const usable = streams.filter((s) => !s.cover && s.width > 0 && s.height > 0);
  return usable.find((s) => s.preferred) ?? usable[0];
}

/** The size after rotation. */
export function uprightSize(stream: VideoStream): { width: number; height: number } {
  const { width, height } = stream;
  return stream.rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Pixels of a picture above which one thread may be too slow: full HD. */
const oneThreadPixels = 1920 * 1088;

/**
 * Threads to decode with; 0 lets FFmpeg choose. One for Theora: FFmpeg 5.1 and 8.1 decode some of its files with several
 * threads into other pictures on each run. One for a camera, two above full HD: each thread more holds a picture back.
 */
export function decoderThreads({ codec, width, height }: VideoStream, live: boolean): number {
  if (codec === 'theora' || codec === 'vp3') return 1;
  if (!live) return 0;
  return width * height > oneThreadPixels ? 2 : 1;
}
