import { z } from 'zod';
import { errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** Name of a stream: 1 … 128 characters. */
export const streamName = z.string().min(1).max(128);

/** Number of a packet in its stream, from 0. */
export const sequence = z.int().nonnegative();

const share = z.number().min(0).max(1);
const sourceState = z.enum(['connecting', 'live', 'stalled', 'backing-off', 'failed', 'ended']);
const lossReason = z.object({ code: z.enum(Object.keys(errorCodes) as [ErrorCode]), what: z.string() });

/** A stream in `welcome` and `streams`. */
export const streamFacts = z.object({
  name: streamName,
  live: z.boolean(),
  /** Where its source stands, when this was said; `state` tells who listens or subscribes of changes. */
  state: sourceState,
  encoder: z.string(),
  channels: z.int().positive(),
  gridSide: z.int().positive(),
  ladder: z.array(z.int().positive()),
  /** Absent until a camera was reached; each packet carries its own. */
  timebase: z.string().optional(),
  /** Tokens a second that it keeps to, where it has such a ceiling. */
  tokensPerSecond: z.number().positive().optional(),
  /** `query` is heeded: its encoder has a text tower. */
  queries: z.boolean().default(false),
  /** Its packets are kept on disk: `ack` is answered. */
  durable: z.boolean().default(false),
});

/** See {@link StreamEvent}. */
export const streamEvent = z.object({
  type: z.literal('event'),
  stream: streamName,
  /**
   * `cut`: another scene. `activity-start`, `activity-end`: things begin to move, or have come to rest. `lost`, `back`:
   * a camera that gives no frames any more, or gives them again.
   */
  event: z.enum(['cut', 'activity-start', 'activity-end', 'lost', 'back']),
  /** Unix time, milliseconds: of the frame, or of the loss. */
  atMs: z.int().nonnegative(),
  epoch: z.int().nonnegative(),
  /** Of the packet with the frame that it is about; absent for `lost` and `back`. */
  sequence: sequence.optional(),
  /** Of an activity: the smallest rectangle around what changed, shares of the upright picture. */
  region: z.object({ x: share, y: share, width: share, height: share }).optional(),
  /** Of `lost`. */
  reason: lossReason.optional(),
});

/** See {@link StreamState}. */
export const streamState = z.object({
  type: z.literal('state'),
  stream: streamName,
  state: sourceState,
  /** When it came into this state; Unix time, milliseconds. */
  sinceMs: z.int().nonnegative(),
  /** Connection at hand or last. */
  epoch: z.int().nonnegative(),
  /** Tries that failed in a row. */
  failures: z.int().nonnegative(),
  /** When the next try is due, while `backing-off`; Unix time, milliseconds. */
  retryAtMs: z.int().nonnegative().optional(),
  /** Why the last connection was lost, or could not be made; absent before the first loss. */
  reason: lossReason.optional(),
});

/** A stream as `welcome` describes it. */
export type StreamFacts = z.infer<typeof streamFacts>;

/** Something that happened in a stream, for programs that want no tokens. */
export type StreamEvent = z.infer<typeof streamEvent>;

/** Where the source of a stream stands. */
export type StreamState = z.infer<typeof streamState>;
