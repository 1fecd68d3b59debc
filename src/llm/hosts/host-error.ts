import { redactInput } from '../../decode/redact.ts';
import { FramenestError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';

/** Who failed, as an error tells it. */
export interface HostIdentity {
  /** For people, `vLLM at http://…`; without secrets. */
  readonly name: string;
  /** Replaced by `***` wherever the host repeats them; empty ones are ignored. */
  readonly secrets: readonly (string | undefined)[];
}

/** Where it failed: before the answer began, or after. A connection that ends within an answer is a broken answer. */
export type HostPhase = 'request' | 'answer';

/** Most characters of a host's own words in an error. */
const wordsMost = 500;
/** More is not looked at: a host may answer with a page. */
const wordsRead = 16_384;

/** 408, 425, 429: later. 503 (RFC 9110, section 15.6.4) is "currently unable"; 529 is what some services say for it. */
const busy: readonly number[] = [408, 425, 429, 503, 529];
const contextWords =
  /maximum context length|context_length_exceeded|longer than the maximum model length|exceeds? (?:the|your) .{0,20}context/i;

/** Of errors made here: the pause that the host asked for with what they were made of. */
const pauses = new WeakMap<FramenestError, number>();

/**
 * A host's own words, fit for an error: one line, at most 500 characters, keys and the passwords of addresses as `***`.
 * @param secrets - keys that the words may repeat
 */
export function hostWords(text: string, secrets: HostIdentity['secrets'] = []): string {
  let words = text.slice(0, wordsRead);
  for (const secret of secrets) if (secret) words = words.replaceAll(secret, '***');
  words = redactInput(words).replace(/\s+/g, ' ').trim();
  return words.length <= wordsMost ? words : `${words.slice(0, wordsMost - 1)}…`;
}

/**
 * What a host's status means, as an error.
 * @param status - of HTTP, ≥ 400
 * @param said - the host's own words, as they came
 * @returns HOST_BUSY (408, 425, 429, 503, 529), CONTEXT_FULL (a 4xx that speaks of the context's length), HOST_REFUSED
 * (other 4xx), HOST_FAILED
 */
export function statusError(status: number, said: string, host: HostIdentity): FramenestError {
  const words = hostWords(said, host.secrets);
  const [code, mend] = meaning(status, words);
  const quoted = words === '' ? '' : `: ${words}`;
  return new FramenestError(code, { what: `${host.name} answers with status ${status}${quoted}.`, mend });
}

/**
 * Maps whatever a request to a host threw: errors of the `openai` and `@google/genai` packages (known by their `status`),
 * of `fetch` and of sockets (known by the `code` of their cause). A FramenestError stays as it is. The result has no
 * cause: what was thrown may hold keys.
 * @param phase - default `request`
 * @returns HOST_UNREACHABLE, HOST_BUSY, HOST_REFUSED, CONTEXT_FULL or HOST_FAILED
 */
export function hostError(thrown: unknown, host: HostIdentity, phase: HostPhase = 'request'): FramenestError {
  if (thrown instanceof FramenestError) return thrown;
  const error = mapped(thrown, host, phase);
  const pause = askedPause(thrown);
  if (pause !== undefined) pauses.set(error, pause);
  return error;
}

function mapped(thrown: unknown, host: HostIdentity, phase: HostPhase): FramenestError {
  const said = saidBy(thrown);
  const status = statusOf(thrown);
  if (status !== undefined) return statusError(status, said, host);
  const words = hostWords(said, host.secrets);
  if (phase === 'request' && isOfConnection(thrown)) {
    return new FramenestError('HOST_UNREACHABLE', {
      what: `${host.name} cannot be reached: ${words}.`,
      mend: 'Check the address, and that the host runs and has loaded its model.',
    });
  }
  return brokenAnswer(host, words);
}

/** @returns HOST_FAILED, of an answer that breaks off or is none. `words` are quoted as they are. */
export function brokenAnswer(host: HostIdentity, words: string): FramenestError {
  return new FramenestError('HOST_FAILED', {
    what: `The answer of ${host.name} cannot be understood or broke off: ${words}.`,
    mend: "Look into the host's own log, and try again.",
  });
}

/** @returns HOST_UNREACHABLE, of a host that said nothing for so many seconds. */
export function silentHost(host: HostIdentity, silenceS: number): FramenestError {
  return new FramenestError('HOST_UNREACHABLE', {
    what: `${host.name} was silent for ${silenceS} s.`,
    mend: 'Check that the host runs; allow it a longer silence where its model is slow.',
  });
}

/**
 * The pause that a host asks for, by the headers of the response that its error holds: `retry-after-ms`, or
 * `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
 * @param thrown - as it was thrown, or as {@link hostError} mapped it
 * @returns milliseconds, ≥ 0; undefined where it asks for none
 */
export function retryAfterMs(thrown: unknown): number | undefined {
  return thrown instanceof FramenestError ? pauses.get(thrown) : askedPause(thrown);
}

function askedPause(thrown: unknown): number | undefined {
  const headers = field(thrown, 'headers');
  if (!(headers instanceof Headers)) return undefined;
  const exact = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (exact >= 0) return exact;
  const asked = headers.get('retry-after');
  if (asked === null) return undefined;
  const ms = /^\s*\d/.test(asked) ? 1000 * Number.parseFloat(asked) : Date.parse(asked) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function meaning(status: number, words: string): readonly [ErrorCode, string] {
  if (busy.includes(status)) return ['HOST_BUSY', 'Ask less often, or give the host more room.'];
  if (status >= 500 || status < 400) return ['HOST_FAILED', "Look into the host's own log, and try again."];
  if (contextWords.test(words)) return ['CONTEXT_FULL', 'Give a smaller window, or take a host with a longer context.'];
  if (status === 401 || status === 403) return ['HOST_REFUSED', 'Check the key and what it may do.'];
  return ['HOST_REFUSED', 'Correct what the host names; docs/llm.md has the flags of each host.'];
}

/** Of the response, or of the code inside an error that came as a part of an answer. */
function statusOf(thrown: unknown): number | undefined {
  for (const value of [field(thrown, 'status'), field(thrown, 'code'), field(field(thrown, 'error'), 'code')]) {
    if (typeof value === 'number' && value >= 400 && value < 600) return value;
  }
  return undefined;
}

/** The innermost words: `fetch` hides the reason ("connect ECONNREFUSED …") in the cause of its cause. */
function saidBy(thrown: unknown): string {
  if (statusOf(thrown) !== undefined || !(thrown instanceof Error)) return messageOf(thrown);
  let said: Error = thrown;
  for (let depth = 0; depth < 4 && said.cause instanceof Error; depth++) said = said.cause;
  // Where every address of a name was tried, the words are in the first of several errors.
  if (said instanceof AggregateError && said.errors[0] instanceof Error) said = said.errors[0];
  return messageOf(said) || messageOf(thrown);
}

function messageOf(thrown: unknown): string {
  const inner = field(field(thrown, 'error'), 'message') ?? field(thrown, 'message');
  return typeof inner === 'string' ? inner : String(thrown);
}

function isOfConnection(thrown: unknown): boolean {
  let inner: unknown = thrown;
  for (let depth = 0; depth < 5 && inner !== undefined; depth++) {
    const code = field(inner, 'code');
    if (typeof code === 'string' && /^(?:E[A-Z]{3,}|UND_ERR_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
      return true;
    inner = field(inner, 'cause');
  }
  return thrown instanceof TypeError && thrown.message === 'fetch failed';
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[name] : undefined;
}
