import type { FramenestError } from '../../errors.ts';

/** What a question is about. */
export interface AskedSpan {
  /**
   * From where, seconds of the stream: where the last question that was answered ended; for the first one, and where the
   * window has let go of frames since, the oldest frame in the window.
   */
  readonly t0: number;
  /** Up to the newest frame in the window, seconds of the stream. */
  readonly t1: number;
  /** Visual tokens sent: of the whole window, which may begin before `t0`. */
  readonly tokens: number;
  /** Unix time of the newest frame, milliseconds; of live streams. */
  readonly atMs?: number;
  /** Questions that were merged into this one while it waited. */
  readonly coalesced: number;
}

/** What becomes of questions, in order: each is `asked`, then come pieces, then its whole answer or its failure. */
export type AskEvent =
  | ({ readonly type: 'asked' } & AskedSpan)
  | { readonly type: 'piece'; readonly text: string }
  | ({ readonly type: 'answer'; readonly text: string } & AskedSpan)
  /** Of a standing question, which goes on: the error is one that may pass. */
  | ({ readonly type: 'failed'; readonly error: FramenestError } & AskedSpan);
