import type { LogOp, StoredStream } from './log-op.ts';

/** What a log's writer thread is asked; each one is answered by a {@link LogAnswer}, in order. */
export type LogRequest =
  | { readonly type: 'journal'; readonly generation: number }
  | { readonly type: 'ops'; readonly ops: readonly LogOp[] }
  | { readonly type: 'finish' };

/** How a request went; the first one, unasked, tells how opening went. */
export type LogAnswer =
  | { readonly type: 'done'; readonly streams: ReadonlyMap<string, StoredStream>; readonly generation: number }
  | { readonly type: 'failed'; readonly message: string; readonly full: boolean };

/** What a writer thread is started with. */
export interface LogThreadData {
  readonly dir: string;
  /** Whether what an earlier process left is taken over first. */
  readonly recover: boolean;
}
