import type { DecodeTarget } from '../media/frame-source.ts';
import type { InputKind } from './input-kind.ts';

/** What a decoder's own `open…` function gets. */
export interface OpenRequest {
  /** As the user gave it, credentials included: never into an error. */
  readonly input: string;
  readonly kind: InputKind;
  readonly target: DecodeTarget;
  readonly signal: AbortSignal;
}
