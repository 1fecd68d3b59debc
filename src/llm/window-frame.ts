/** Where the tokens of a stream come from: what a host must be checked against before it gets any. */
export interface TokenOrigin {
  /** Digest of the encoder's weights and card. */
  readonly encoder: string;
  /** Whether the block means were taken before or after the model's projector. */
  readonly stage: 'pre' | 'post';
  readonly channels: number;
}

/** A frame as tokens. Never changed after it was made. */
export interface TokenContent {
  /** `[tokens, channels]` float32, raster order of a square grid: √tokens rows. */
  readonly values: Float32Array;
  readonly channels: number;
}

/** A frame as a picture, for hosts that take no tokens. Never changed after it was made. */
export interface PictureContent {
  /** At the finest size that its frame ever had; a host makes it smaller. */
  readonly jpeg: Uint8Array;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Id of the earlier frame that shows the same: nothing has happened since, and this one need not be sent. */
  readonly sameAs?: string;
}

/** A frame on its way into a language model's context. */
export interface WindowFrame<Content> {
  /** Unique in its stream, and stable: `NAME/EPOCH/SEQUENCE`. */
  readonly id: string;
  /** Seconds of its stream's own time. */
  readonly atS: number;
  /** Unix time, milliseconds; of live streams. */
  readonly wallclockMs?: number;
  /** Tokens that it costs now: a square, one scale of the stream's ladder. */
  readonly tokens: number;
  readonly content: Content;
}

/** A frame, or several that were merged into one, as a window holds it. */
export interface HeldFrame<Content> extends WindowFrame<Content> {
  /**
   * Names the content, not the frame: the same id always stands for the same values, so that a host may keep them by it.
   * A frame that was made coarser, or merged, has another one.
   */
  readonly id: string;
  /** Frames in it; 1 unless it was merged. */
  readonly frames: number;
  /** Of the last frame in it; `atS` where it is one. */
  readonly untilS: number;
}

/** What stands in a context, in order: text (a time stamp), or a frame's visual tokens. */
export type WindowPart<Content> =
  { readonly type: 'text'; readonly text: string } | { readonly type: 'frame'; readonly frame: HeldFrame<Content> };

/**
 * A window as it stands at one moment; later changes of the window leave it alone. Between cuts each view begins with the
 * parts of the one before, so that what a host has computed for them stays valid.
 */
export interface WindowView<Content> {
  readonly parts: readonly WindowPart<Content>[];
  /** Of frames and of the text between them, as the window estimates it. */
  readonly tokens: number;
  /** Cuts so far: views of the same number share their beginning. */
  readonly cuts: number;
  /** Time of the first and of the last frame, seconds; NaN where there is none. */
  readonly fromS: number;
  readonly toS: number;
}
