import type { ErrorRecord } from '../../errors.ts';
import type { PatchProjection } from '../../scales/query-projection.ts';
import type { TextCard } from '../text-card.ts';

/** What a text thread is started with. */
export interface TextSetup {
  /** The encoder's name, for errors. */
  readonly name: string;
  /** Absolute path of the folder that the card's paths count from. */
  readonly folder: string;
  readonly text: TextCard;
  /** Of the vision tower's patches. */
  readonly channels: number;
}

/** Main thread → text thread. */
export type ToTextWorker =
  { readonly kind: 'embed'; readonly id: number; readonly query: string } | { readonly kind: 'close' };

/** Text thread → main thread. */
export type FromTextWorker =
  | { readonly kind: 'ready'; readonly projection: PatchProjection }
  | { readonly kind: 'refused'; readonly error: ErrorRecord }
  | { readonly kind: 'embedded'; readonly id: number; readonly embedding: Float32Array<ArrayBuffer> }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorRecord };
