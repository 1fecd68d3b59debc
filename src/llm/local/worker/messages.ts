import type { ErrorRecord } from '../../../errors.ts';
import type { DecoderShape } from '../decoder-shape.ts';

/** What a decoder thread is started with. */
export interface DecoderSetup {
  /** Absolute paths of the two graphs. */
  readonly embedPath: string;
  readonly decoderPath: string;
  /** Threads that share one operator, at least 1. */
  readonly threads: number;
  /** Positions that the model was made for, or fewer. */
  readonly contextTokens: number;
  /** Bound on keys and values, bytes; fewer positions fit where it is small. */
  readonly cacheBytes: number;
}

/** How the next token is chosen. */
export interface Sampling {
  /** 0: the likeliest token. Else logits are divided by it. */
  readonly temperature: number;
  /** Only so many of the likeliest tokens; 0 for all. */
  readonly topK: number;
  /** Only the likeliest tokens that together have this probability, 0 < p ≤ 1. */
  readonly topP: number;
  /** 32 bits. */
  readonly seed: number;
}

/** Visual tokens and where they stand. */
export interface SplicedRows {
  /** Position of the first one, counted in `ids`. */
  readonly at: number;
  /** `[tokens, channels]`. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** One question, without what the cache holds of it already. */
export interface AnswerRequest {
  readonly kind: 'answer';
  readonly id: number;
  /** Positions of the cache that the sequence begins with; the others are dropped. */
  readonly keep: number;
  /** Tokens after those, at least one. Where a frame stands, any token. */
  readonly ids: Int32Array<ArrayBuffer>;
  readonly frames: readonly SplicedRows[];
  readonly sampling: Sampling;
  /** Most tokens of the answer, at least 1. */
  readonly maxTokens: number;
  /** Tokens that end an answer and are no part of it. */
  readonly ends: readonly number[];
}

/** Main thread → decoder thread. */
export type ToDecoder =
  | AnswerRequest
  /** The answer ends before its next token. */
  | { readonly kind: 'stop'; readonly id: number }
  | { readonly kind: 'close' };

/** Decoder thread → main thread. */
export type FromDecoder =
  | { readonly kind: 'ready'; readonly shape: DecoderShape; readonly contextTokens: number }
  | { readonly kind: 'refused'; readonly error: ErrorRecord }
  /** So many tokens of the question were read, since the last of these messages. */
  | { readonly kind: 'prefilled'; readonly id: number; readonly tokens: number }
  | { readonly kind: 'token'; readonly id: number; readonly token: number }
  /** The answer is over. `held`: positions that the cache holds now, of the question and of the answer after it. */
  | { readonly kind: 'answered'; readonly id: number; readonly held: number }
  /** The answer failed; what the cache holds is as in `answered`. */
  | { readonly kind: 'failed'; readonly id: number; readonly held: number; readonly reason: string };
