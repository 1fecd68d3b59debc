import type { ErrorCode } from '../errors.ts';

/**
 * Where a source stands. `connecting`: being opened. `live`: gives frames. `stalled`: open, but no frame was decoded for
 * half of its stall time. `backing-off`: lost, waits for the next try. `failed`: given up. `ended`: a file that was read
 * to its end, or a source that was removed.
 */
export type SourceState = 'connecting' | 'live' | 'stalled' | 'backing-off' | 'failed' | 'ended';

/** A snapshot; nothing in it changes later. Times are Unix milliseconds. */
export interface SourceStatus {
  readonly state: SourceState;
  /** When it came into this state. */
  readonly sinceMs: number;
  /** Connection at hand or last: from 0, one more after each reconnect. */
  readonly epoch: number;
  /** Tries that failed in a row. */
  readonly failures: number;
  /** When the next try is due, while `backing-off`. */
  readonly retryAtMs?: number;
  /** Why the last connection was lost, or could not be made; absent before the first loss. Holds no secret. */
  readonly reason?: { readonly code: ErrorCode; readonly what: string };
}
