import type { Pts, Timebase } from './timebase.ts';

/**
 * One decoded picture, already scaled to the size that the encoder wants.
 * `data` belongs to the pipeline until it is given back to its source (`FrameSource.recycle`), which then writes it anew.
 */
export interface Frame {
  /** Position among the frames that the source gave out: from 0, no gaps. */
  readonly index: number;
  readonly pts: Pts;
  readonly timebase: Timebase;
  /** The container marks this frame as decodable alone. */
  readonly keyframe: boolean;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** RGB24, row-major, top row first, no padding: `height * width * 3` bytes, alone in its ArrayBuffer. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Frames that the live edge let go since the frame before this one. 0 for files. */
  readonly droppedBefore: number;
  /** Unix time at which the decoder gave it out, microseconds; of live sources only. */
  readonly wallclockUs?: bigint;
}
