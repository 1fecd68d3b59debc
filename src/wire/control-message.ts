import { z } from 'zod';
import { FramenestError, errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** Longest control message that a server reads, in bytes of UTF-8. */
export const CONTROL_BYTES = 16_384;

/** Longest control message that a client reads: a welcome tells of every stream. */
export const ANSWER_BYTES = 1 << 20;

const streamName = z.string().min(1).max(128);
const sequence = z.int().nonnegative();
const amount = z.int().positive().max(1_000_000);

const clientMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('subscribe'),
    stream: streamName,
    /** `live`: the next packet made; `start`: the oldest still kept; a number: that packet. */
    from: z.union([z.enum(['live', 'start']), sequence]).default('live'),
  }),
  z.object({ type: z.literal('credit'), stream: streamName, packets: amount }),
  z.object({ type: z.literal('ack'), stream: streamName, sequence }),
  z.object({ type: z.literal('unsubscribe'), stream: streamName }),
  /** From now on, events of these streams; of all, those that are added later included, where none is named. */
  z.object({ type: z.literal('listen'), streams: z.array(streamName).min(1).max(64).optional() }),
  z.object({ type: z.literal('unlisten') }),
  z.object({ type: z.literal('ping') }),
]);

const streamFacts = z.object({
  name: streamName,
  live: z.boolean(),
  /** Where its source stands, when this was said; events tell of changes. */
  state: z.enum(['connecting', 'live', 'stalled', 'backing-off', 'failed', 'ended']),
  encoder: z.string(),
  channels: z.int().positive(),
  gridSide: z.int().positive(),
  ladder: z.array(z.int().positive()),
  /** Absent until a camera was reached; each packet carries its own. */
  timebase: z.string().optional(),
});

const share = z.number().min(0).max(1);

const streamEvent = z.object({
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
  reason: z.object({ code: z.enum(Object.keys(errorCodes) as [ErrorCode]), what: z.string() }).optional(),
});

const serverMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.string(),
    server: z.string(),
    streams: z.array(streamFacts),
    limits: z.object({ messageBytes: z.int().positive(), subscriptions: z.int().positive() }),
  }),
  /** The streams as they are from now on: one was added, changed or removed. */
  z.object({ type: z.literal('streams'), streams: z.array(streamFacts) }),
  z.object({ type: z.literal('listening') }),
  streamEvent,
  z.object({ type: z.literal('subscribed'), stream: streamName, next: sequence }),
  z.object({
    type: z.literal('gap'),
    stream: streamName,
    /** First and last sequence that will never come. */
    from: sequence,
    to: sequence,
    frames: z.int().nonnegative(),
    reason: z.enum(['expired', 'slow']),
  }),
  z.object({
    type: z.literal('end'),
    stream: streamName,
    packets: z.int().nonnegative(),
    frames: z.int().nonnegative(),
    tokens: z.int().nonnegative(),
  }),
  z.object({ type: z.literal('goaway'), timeLeftMs: z.int().nonnegative() }),
  z.object({
    type: z.literal('error'),
    code: z.enum(Object.keys(errorCodes) as [ErrorCode]),
    message: z.string(),
    mend: z.string(),
    retryable: z.boolean(),
    /** The stream that it concerns; absent where it concerns the whole session. */
    stream: streamName.optional(),
  }),
  z.object({ type: z.literal('pong') }),
]);

/** What a client may say; one JSON text frame each. */
export type ClientMessage = z.infer<typeof clientMessage>;

/** {@link ClientMessage} as it may be written: what has a default may be left out. */
export type ClientMessageInput = z.input<typeof clientMessage>;

/** What a server may say; one JSON text frame each. */
export type ServerMessage = z.infer<typeof serverMessage>;

/** A stream as `welcome` describes it. */
export type StreamFacts = z.infer<typeof streamFacts>;

/** Something that happened in a stream, for programs that want no tokens. */
export type StreamEvent = z.infer<typeof streamEvent>;

/**
 * Reads what a client sent. Never trusts it.
 * @throws FramenestError PROTOCOL_VIOLATION, WIRE_LIMIT
 */
export function parseClientMessage(text: string): ClientMessage {
  return parse(clientMessage, text, CONTROL_BYTES);
}

/**
 * Reads what a server sent. Types that this version does not know are refused.
 * @throws FramenestError PROTOCOL_VIOLATION, WIRE_LIMIT
 */
export function parseServerMessage(text: string): ServerMessage {
  return parse(serverMessage, text, ANSWER_BYTES);
}

/** A message as the `error` control message tells it. */
export function errorMessage(error: FramenestError, stream?: string): ServerMessage {
  const { code, what, mend, retryable } = error;
  return { type: 'error', code, message: what, mend, retryable, ...(stream !== undefined && { stream }) };
}

function parse<T>(schema: z.ZodType<T>, text: string, most: number): T {
  // A text has at least as many bytes as characters: a huge one is not encoded only to be measured.
  const bytes = text.length > most ? text.length : new TextEncoder().encode(text).length;
  if (bytes > most) {
    throw new FramenestError('WIRE_LIMIT', {
      what: `A control message of ${bytes} bytes or more; the limit is ${most}.`,
      mend: 'Send tokens as binary packets, and short control messages.',
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw violation(`"${text.slice(0, 64)}" is no JSON`, cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw violation(`${issue?.path.join('.') || 'the message'}: ${issue?.message ?? 'not understood'}`, result.error);
}

function violation(detail: string, cause: unknown): FramenestError {
  return new FramenestError('PROTOCOL_VIOLATION', {
    what: `A control message was not understood: ${detail}.`,
    mend: 'docs/protocol.md lists the messages with their fields.',
    cause,
  });
}
