import type { FramenestError } from '../errors.ts';
import type { PatchGrid } from './patch-grid.ts';
import type { QueryReader } from './query-reader.ts';

/** How a frame of any size becomes the square that the encoder wants. Done by libav's scaler while decoding. */
export type ResizeMode = 'stretch' | 'pad' | 'crop';

/** The scaler's kernel; each is widened when it shrinks, as the preprocessors of vision models do. `area`: plain means. */
export type Resample = 'bicubic' | 'bilinear' | 'area';

/** What the pipeline must know of an encoder; see docs/encoders.md for the whole card. */
export interface EncoderFacts {
  readonly name: string;
  /** Pixels of the square input. */
  readonly inputSide: number;
  readonly resize: ResizeMode;
  /** Default bicubic. */
  readonly resample?: Resample;
  /** Colour of the padding, 0 … 255 each: the encoder's mean colour. */
  readonly padColor: readonly [number, number, number];
  /** Rows, and columns, of the patch grid. */
  readonly gridSide: number;
  readonly channels: number;
  readonly stage: 'pre' | 'post';
  /** `sha256:…` over weights and card. */
  readonly digest: string;
}

/** A vision encoder: RGB24 squares in, patch grids out. One instance serves every source of the process. */
export interface VisionEncoder {
  readonly facts: EncoderFacts;
  /** Where it runs: `cpu`, `webgpu`, `cuda`. */
  readonly device: string;
  /**
   * Frames that it can make use of at a time: those that run and those that lie ready to run next, ≥ 1. Handing over more
   * gains nothing; they wait. Can change while it runs. Default: 2.
   */
  readonly capacity?: number;
  /** Calls that wait for their turn now. Default: it does not tell. */
  readonly waiting?: number;
  /**
   * Resolves, with the reason, once the encoder has given up: every later call fails, and only opening it anew can help.
   * Stays open after dispose. Never rejects.
   */
  readonly failed?: Promise<FramenestError>;
  /** Compares its features with texts; only of an encoder with a text tower. */
  readonly queries?: QueryReader | undefined;
  /**
   * Encodes one frame. `rgb` is `inputSide * inputSide * 3` bytes and is lent: not to be written to until the promise
   * settles.
   * Calls that come close together share one run of the model.
   * @param side - of the grid to give back, a divisor of `gridSide` (default): block means are taken off the main thread
   * @throws FramenestError ENCODER_FAILED when the worker died twice over this frame, the model failed on it or too many
   * calls wait; ENCODER_MISMATCH for a buffer of another size; ABORTED after dispose.
   */
  encode(rgb: Uint8Array<ArrayBuffer>, side?: number): Promise<PatchGrid>;
  /** Stops the worker; calls still waiting are rejected with ABORTED. Safe to call twice. */
  dispose(): Promise<void>;
}
