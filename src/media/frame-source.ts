import type { Frame } from './frame.ts';
import type { Resample, ResizeMode } from './vision-encoder.ts';
import type { Timebase } from './timebase.ts';

/** What a source knows of itself once it is open. */
export interface SourceFacts {
  /** The input as the user gave it, credentials replaced by `***`. */
  readonly input: string;
  readonly decoder: 'libav' | 'ffmpeg';
  /** Of the video stream: every frame's pts counts in it. */
  readonly timebase: Timebase;
  /** Seconds, where the container says. */
  readonly durationS?: number;
  /** The picture before scaling, rotation applied, pixels. */
  readonly width: number;
  readonly height: number;
  /** FFmpeg's codec name: `h264`. */
  readonly codec: string;
  /** A camera: it cannot be held back and has no end. */
  readonly live: boolean;
  /** The process that decodes, where it is one of its own. */
  readonly pid?: number;
  /** Of a source with a sub-stream: what its frames come from. Everything else but the timebase is of the main stream. */
  readonly scored?: Pick<SourceFacts, 'input' | 'width' | 'height' | 'codec' | 'pid'>;
}

/**
 * What became of the frames of a source so far. What is decoded, and neither discarded nor skipped, was given out, or is
 * on its way out.
 */
export interface SourceCounts {
  /** Frames that the decoder made. */
  readonly decoded: number;
  /** Of a live source: those thrown away, corrupt ones and what follows up to a key frame. */
  readonly discarded: number;
  /** Those that sampling left out. */
  readonly skipped: number;
  /** Of a source with a sub-stream: frames that were encoded themselves, as the main stream had no picture in time. */
  readonly substituted?: number;
}

/** An opened input that gives its frames once. */
export interface FrameSource {
  readonly facts: SourceFacts;
  readonly counts: SourceCounts;
  /**
   * The frames in presentation order. Works at most two frames ahead of what was pulled, beside what the decoder itself
   * has in its queue. Ends early, without an error, when `signal` aborts; nothing of the decoder is left afterwards.
   * @throws FramenestError DECODE_FAILED, DECODE_DAMAGED (after every frame that could be decoded was given).
   */
  frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined>;
  /**
   * Takes a frame's `data` back once nobody holds it, to be written again for a later frame. A consumer that keeps its
   * frames, or leaves them to the garbage collector, never calls this.
   */
  recycle(data: Uint8Array<ArrayBuffer>): void;
  /**
   * Of a source with a sub-stream: the pixels to encode for a frame that was just given out, RGB24 of the frame's size;
   * the frame's own where there are no better ones in time. Given back with `recycle`, beside the frame's. Never rejects.
   */
  picture?(frame: Frame): Promise<Uint8Array<ArrayBuffer>>;
  /** Of a source on demand: asks for its newest picture; `frames` gives one for each time that it was asked for. */
  want?(): void;
  /** Frees the decoder without reading. Safe to call twice and after `frames` ended. */
  close(): Promise<void>;
}

/** Which frames a decoder gives out and at what size. */
export interface DecodeTarget {
  /** Pixels of the square output. */
  readonly side: number;
  readonly resize: ResizeMode;
  /** Default bicubic. */
  readonly resample?: Resample;
  readonly padColor: readonly [number, number, number];
  /** Frames per second to keep at most, > 0; `native` keeps every frame. Kept frames keep their own pts. */
  readonly fps: number | 'native';
  /** Shape of the upright picture, `[width, height]`, whatever the stream says; pixels are stretched to it. */
  readonly shape?: readonly [number, number];
}
