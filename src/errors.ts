/** What a code means to a program: whether trying again can help, and the WebSocket close status it maps to. */
export interface ErrorFacts {
  readonly retryable: boolean;
  /** RFC 6455 close status: 1xxx where the standard has one, else 4xxx. */
  readonly closeCode: number;
}

/**
 * Every code that framenest can throw or send. The code is the contract: match on it, not on the text.
 * `docs/errors.md` has a heading for each one, and a test keeps the two lists equal.
 */
export const errorCodes = {
  OPTION_INVALID: { retryable: false, closeCode: 4400 },
  LADDER_INVALID: { retryable: false, closeCode: 4400 },
  CONFIG_INVALID: { retryable: false, closeCode: 4400 },
  INPUT_MISSING: { retryable: false, closeCode: 4404 },
  INPUT_UNREADABLE: { retryable: false, closeCode: 4415 },
  INPUT_UNREACHABLE: { retryable: true, closeCode: 4503 },
  INPUT_STALLED: { retryable: true, closeCode: 4503 },
  INPUT_ENDED: { retryable: true, closeCode: 4503 },
  DECODER_MISSING: { retryable: false, closeCode: 4501 },
  DECODE_FAILED: { retryable: true, closeCode: 4500 },
  DECODE_DAMAGED: { retryable: false, closeCode: 4422 },
  ENCODER_UNKNOWN: { retryable: false, closeCode: 4404 },
  ENCODER_CARD_INVALID: { retryable: false, closeCode: 4400 },
  ENCODER_MISMATCH: { retryable: false, closeCode: 4409 },
  ENCODER_FAILED: { retryable: true, closeCode: 4500 },
  DEVICE_UNAVAILABLE: { retryable: false, closeCode: 4501 },
  DOWNLOAD_FAILED: { retryable: true, closeCode: 4502 },
  DIGEST_MISMATCH: { retryable: false, closeCode: 4409 },
  WIRE_MALFORMED: { retryable: false, closeCode: 1007 },
  WIRE_LIMIT: { retryable: false, closeCode: 1009 },
  PROTOCOL_VIOLATION: { retryable: false, closeCode: 4400 },
  PROTOCOL_UNSUPPORTED: { retryable: false, closeCode: 1002 },
  STREAM_UNKNOWN: { retryable: false, closeCode: 4404 },
  SESSION_LIMIT: { retryable: true, closeCode: 4429 },
  RATE_LIMITED: { retryable: true, closeCode: 4429 },
  UNAUTHORIZED: { retryable: false, closeCode: 4401 },
  TOKEN_EXPIRED: { retryable: false, closeCode: 4401 },
  LISTEN_REFUSED: { retryable: false, closeCode: 4403 },
  LISTEN_FAILED: { retryable: true, closeCode: 4500 },
  CONNECT_FAILED: { retryable: true, closeCode: 4503 },
  CONNECTION_LOST: { retryable: true, closeCode: 1006 },
  OUTPUT_FAILED: { retryable: true, closeCode: 4507 },
  OUTPUT_IN_USE: { retryable: false, closeCode: 4409 },
  LOG_IN_USE: { retryable: false, closeCode: 4409 },
  LOG_BROKEN: { retryable: false, closeCode: 4422 },
  HOST_UNREACHABLE: { retryable: true, closeCode: 4503 },
  HOST_BUSY: { retryable: true, closeCode: 4429 },
  HOST_FAILED: { retryable: true, closeCode: 4502 },
  HOST_REFUSED: { retryable: false, closeCode: 4400 },
  HOST_MISMATCH: { retryable: false, closeCode: 4409 },
  CONTEXT_FULL: { retryable: false, closeCode: 4413 },
  MODEL_INVALID: { retryable: false, closeCode: 4422 },
  PART_BROKEN: { retryable: false, closeCode: 4422 },
  ABORTED: { retryable: true, closeCode: 1001 },
  INTERNAL: { retryable: false, closeCode: 1011 },
} as const satisfies Record<string, ErrorFacts>;

/** One of the stable codes in {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** The two sentences of an error: what happened, with the value; and how to mend it. Never holds a secret. */
export interface ErrorWords {
  readonly what: string;
  readonly mend: string;
  readonly cause?: unknown;
}

/** The one error class. `message` is "what mend"; `code` is what programs match on. */
export class FramenestError extends Error {
  override readonly name = 'FramenestError';
  readonly code: ErrorCode;
  readonly what: string;
  readonly mend: string;

  constructor(code: ErrorCode, words: ErrorWords) {
    super(`${words.what} ${words.mend}`, words.cause === undefined ? undefined : { cause: words.cause });
    this.code = code;
    this.what = words.what;
    this.mend = words.mend;
  }

  /** Whether the same call can succeed later without anything being changed. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  /** WebSocket close status for this code. */
  get closeCode(): number {
    return errorCodes[this.code].closeCode;
  }
}

/** Wraps whatever was thrown: a {@link FramenestError} stays as it is, anything else becomes `INTERNAL` with its cause. */
export function asFramenestError(thrown: unknown): FramenestError {
  if (thrown instanceof FramenestError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new FramenestError('INTERNAL', {
    what: `Unexpected failure: ${message}.`,
    mend: 'This is a defect of framenest: please report it with the stack trace.',
    cause: thrown,
  });
}

/** A FramenestError in a form that a message between threads or processes can carry. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly what: string;
  readonly mend: string;
}

/** Packs whatever was thrown for a message. */
export function errorRecord(thrown: unknown): ErrorRecord {
  const { code, what, mend } = asFramenestError(thrown);
  return { code, what, mend };
}

/** The inverse of {@link errorRecord}. */
export function errorFrom({ code, what, mend }: ErrorRecord): FramenestError {
  return new FramenestError(code, { what, mend });
}
