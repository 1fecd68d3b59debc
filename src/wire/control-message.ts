import { z } from 'zod';
import { FramenestError, errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { sequence, streamEvent, streamFacts, streamName, streamState } from './stream-messages.ts';

export type { StreamEvent, StreamFacts, StreamState } from './stream-messages.ts';

/** Longest control message that a server reads, in bytes of UTF-8. */
export const CONTROL_BYTES = 16_384;

/** Longest control message that a client reads: a welcome tells of every stream. */
export const ANSWER_BYTES = 1 << 20;

/** Most packets, tokens and bytes that one message may grant. */
const amount = z.int().positive().max(1_000_000);
const manyTokens = z.int().positive().max(1_000_000_000);
const manyBytes = z
  .int()
  .positive()
  .max(2 ** 40);

/** What a client may say. docs/asyncapi.yaml is made from it. */
export const clientMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('subscribe'),
    stream: streamName,
    /**
     * `live`: the next packet made; `start`: the first one; a number: that packet; `atMs`: the first one that was made at
     * or after that Unix time, milliseconds.
     */
    from: z.union([z.enum(['live', 'start']), sequence, z.object({ atMs: sequence })]).default('live'),
    /** Most tokens of a scale that this subscriber wants, one of the stream's ladder; finer ones arrive pooled. */
    maxScale: z.int().positive().optional(),
    /** `uniform`: every frame whole, at one scale. `tree`: as the stream has it (default). */
    layout: z.enum(['uniform', 'tree']).optional(),
    /** Tokens a second of video, at most; frames get coarser to keep within it. */
    tokensPerSecond: z.number().positive().max(1e9).optional(),
    /** Number format of the tokens; default: the stream's own. */
    dtype: z.enum(['F16', 'BF16', 'F32', 'I8']).optional(),
    /** `false`: packets tell what each frame is, without the values of its tokens (`tokens` is [T, 0]). */
    values: z.boolean().default(true),
    /** The first packet, and the first one after each gap, tells the whole grid, so that nothing before it is needed. */
    key: z.boolean().default(false),
    /**
     * A question or a description: of each frame, the parts that have to do with it arrive fine and the rest coarse. For
     * streams that tell `queries`.
     */
    query: z.string().trim().min(1).max(1024).optional(),
    /** Of a live stream: where more packets than this wait for the subscriber, the oldest are let go, with a `gap`. */
    maxLag: amount.optional(),
  }),
  z
    .object({
      type: z.literal('credit'),
      stream: streamName,
      packets: amount.optional(),
      bytes: manyBytes.optional(),
      tokens: manyTokens.optional(),
    })
    .refine(({ packets, bytes, tokens }) => (packets ?? bytes ?? tokens) !== undefined, {
      error: 'expected packets, bytes or tokens',
    }),
  z.object({ type: z.literal('ack'), stream: streamName, sequence }),
  z.object({ type: z.literal('unsubscribe'), stream: streamName }),
  /** From now on, events and states of these streams; of all, those that are added later included, where none is named. */
  z.object({ type: z.literal('listen'), streams: z.array(streamName).min(1).max(64).optional() }),
  z.object({ type: z.literal('unlisten') }),
  z.object({ type: z.literal('ping') }),
]);

/** What a server may say. docs/asyncapi.yaml is made from it. */
export const serverMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.string(),
    server: z.string(),
    streams: z.array(streamFacts),
    limits: z.object({
      /** Longest control message, bytes of UTF-8. */
      messageBytes: z.int().positive(),
      subscriptions: z.int().positive(),
      /** Control messages a second, in the long run. */
      messagesPerSecond: z.int().positive().optional(),
    }),
  }),
  /** The streams as they are from now on: one was added, changed or removed. */
  z.object({ type: z.literal('streams'), streams: z.array(streamFacts) }),
  z.object({ type: z.literal('listening') }),
  streamEvent,
  /**
   * Where a stream's source stands now: after `listening` and `subscribed`, and at each change, to who listens to the
   * stream or is subscribed to it. For a client that reads slowly only the newest one of a stream waits.
   */
  streamState,
  z.object({
    type: z.literal('subscribed'),
    stream: streamName,
    next: sequence,
    /** Tokens of each scale that this subscriber gets, coarsest first: what its grids are rebuilt with. */
    ladder: z.array(z.int().positive()),
  }),
  z.object({
    type: z.literal('gap'),
    stream: streamName,
    /** First and last sequence that will never come. */
    from: sequence,
    to: sequence,
    frames: z.int().nonnegative(),
    /**
     * `expired`: no longer kept when the subscription began; `slow`: let go since, as this subscriber took too long;
     * `lost`: never kept, as the disk failed or the machine stopped.
     */
    reason: z.enum(['expired', 'slow', 'lost']),
  }),
  /** From now on this subscriber gets scales of at most so many tokens: it has fallen behind, or has caught up. */
  z.object({
    type: z.literal('demoted'),
    stream: streamName,
    maxScale: z.int().positive(),
    reason: z.enum(['behind', 'restored']),
  }),
  /** Everything up to here is on the server's disk. */
  z.object({
    type: z.literal('acked'),
    stream: streamName,
    sequence,
    /** … but for so many packets, since the server was started: a failing disk has lost them. */
    lost: z.int().positive().optional(),
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
