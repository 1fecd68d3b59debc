import type { ErrorRecord } from '../../errors.ts';
import type { ModelCard } from '../model-card.ts';
import type { ModelSignature } from '../model-signature.ts';

/** Which execution provider runs the model; `auto` tries the plausible ones and takes the fastest. */
export type Device = 'auto' | 'cpu' | 'webgpu' | 'cuda';

/** What an encoder thread is started with. */
export interface WorkerSetup {
  readonly modelPath: string;
  readonly card: ModelCard;
  readonly device: Device;
  /** Threads that share one operator, at least 1. */
  readonly threads: number;
  /** Frames in one run, at least 1; undefined lets the device decide. */
  readonly maxBatch: number | undefined;
}

/** Main thread → encoder thread. */
export type ToWorker =
  | {
      readonly kind: 'encode';
      readonly id: number;
      /** RGB24 squares of the card's side. */
      readonly frames: readonly Uint8Array<ArrayBuffer>[];
      /** Side of the grid that each frame wants back; divides the card's. */
      readonly sides: readonly number[];
    }
  | { readonly kind: 'close' };

/** A frame's features `[side², channels]`, or why the model refused the frame. */
export type FrameResult = Float32Array<ArrayBuffer> | string;

/** Encoder thread → main thread. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly device: string; readonly maxBatch: number }
  | { readonly kind: 'refused'; readonly error: ErrorRecord }
  | { readonly kind: 'encoded'; readonly id: number; readonly results: readonly FrameResult[] };

/** Inspecting thread → main thread. */
export type InspectReply =
  | { readonly kind: 'signature'; readonly signature: ModelSignature }
  | { readonly kind: 'refused'; readonly error: ErrorRecord };
