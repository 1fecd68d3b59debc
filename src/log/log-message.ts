import type { LogOp, StoredStream } from './log-op.ts';

/** What a log's writer is asked; each one is answered by a {@link LogAnswer}, in order. */
export type LogRequest =
  | { readonly type: 'journal'; readonly generation: number }
  | { readonly type: 'ops'; readonly ops: readonly LogOp[] }
  | { readonly type: 'finish' };

/** How a request went; the first one, unasked, tells how opening went. */
export type LogAnswer =
  | { readonly type: 'done'; readonly streams: ReadonlyMap<string, StoredStream>; readonly generation: number }
  | { readonly type: 'failed'; readonly message: string; readonly full: boolean };
