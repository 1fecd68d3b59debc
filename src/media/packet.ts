import type { Pts, Timebase } from './timebase.ts';

/** Number format of the tokens on the wire. Little-endian. `I8` carries one float32 factor per token. */
export type TokenDtype = 'F16' | 'BF16' | 'F32' | 'I8';

/**
 * What one frame's tokens are. `uniform`: the whole frame at one scale. `tree`: a cut of the scale tree.
 * `hold`: one token, the mean of what the receiver holds; the encoder did not run. `refine`: only the new vectors of
 * a finer scale.
 */
export type FrameKind = 'uniform' | 'tree' | 'hold' | 'refine';

/** One frame inside a packet. */
export interface PacketFrame {
  readonly pts: Pts;
  readonly kind: FrameKind;
  /** Tokens of the uniform level (1 for a hold); for a tree its finest level. */
  readonly scale: number;
  /** Change score, 0 … 1. */
  readonly change: number;
  readonly droppedBefore: number;
  /** Rows of the packet's token matrix that belong to this frame. At least 1. */
  readonly tokens: number;
}

/** What all frames of a packet share. */
export interface PacketHeader {
  readonly stream: string;
  /** Dense number of the packet in its stream, from 0; goes on over epochs. */
  readonly sequence: number;
  readonly timebase: Timebase;
  /** Digest of the encoder's weights and card: tokens of different encoders never mix. */
  readonly encoder: string;
  /** Where the block means were taken: before or after the model's projector. */
  readonly stage: 'pre' | 'post';
  /** One more each time that a live source was opened anew: pts and what the receiver holds start afresh. */
  readonly epoch: number;
  /** Unix time at which the first frame was decoded, microseconds; for live sources. */
  readonly wallclockUs?: bigint;
}

/** Packed tokens of one or many frames: the unit of the stream. Owns its buffers; never changed after it was made. */
export interface Packet {
  readonly header: PacketHeader;
  readonly frames: readonly PacketFrame[];
  readonly dtype: TokenDtype;
  readonly channels: number;
  /** `[T, channels]` in `dtype`, little-endian, frame after frame; T is the sum of the frames' tokens. */
  readonly tokens: Uint8Array;
  /** `[T]`, for `I8` only: value = integer × factor. */
  readonly tokenScale?: Float32Array;
  /** `[T]`: level × 1024 + raster index in that level's grid. Absent where every frame is uniform or held. */
  readonly position?: Int32Array;
}
