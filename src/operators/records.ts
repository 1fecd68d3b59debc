import type { ChangeScore } from '../media/change-score.ts';
import type { Frame } from '../media/frame.ts';
import type { FrameKind } from '../media/packet.ts';
import type { PatchGrid } from '../media/patch-grid.ts';
import type { ScaleChoice } from '../scales/scale-policy.ts';
import type { QuantizedTokens } from '../wire/quantize.ts';

/** After `scoreChange`. */
export interface ScoredFrame {
  readonly frame: Frame;
  readonly change: ChangeScore;
}

/** After `proposeScale`. */
export interface ScaledFrame extends ScoredFrame {
  readonly choice: ScaleChoice;
  /** How little room there was when it was decided, 0 … 1; see `ScalePolicy`. Absent: 0. */
  readonly pressure?: number;
}

/** After `encode`: `features` is absent where the frame is held. The frame's pixels are gone: its source may write them anew. */
export interface EncodedFrame extends ScaledFrame {
  readonly features: PatchGrid | undefined;
}

/** After `nest` or `selectTokens`: the frame's tokens, `[tokens, channels]` float32, owned by the record. */
export interface NestedFrame extends ScaledFrame {
  readonly kind: FrameKind;
  readonly channels: number;
  readonly tokens: Float32Array<ArrayBuffer>;
  /** Tokens of the finest level among them. */
  readonly scale: number;
  /** The same tokens in the wire's number format, where the selector had to know what the receiver will read. */
  readonly wire?: QuantizedTokens;
  /** `[tokens]`, of a tree: level × 1024 + raster index. */
  readonly position?: Int32Array<ArrayBuffer>;
}
