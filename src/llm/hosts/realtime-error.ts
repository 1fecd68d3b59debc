import type { RealtimeError, RealtimeResponse } from 'openai/resources/realtime/realtime';
import { FramenestError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { hostWords } from './host-error.ts';
import type { HostIdentity } from './host-error.ts';

/** What the kind and the code of an error say of it; the first that fits. */
const meanings: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/context_length|context window|too many tokens/i, 'CONTEXT_FULL', 'Give a smaller window.'],
  [/insufficient_quota|billing/i, 'HOST_REFUSED', 'Look at the account: its quota is used up.'],
  [/rate.?limit|too_many|quota|RESOURCE_EXHAUSTED|\b429\b/i, 'HOST_BUSY', 'Ask less often.'],
  [/session_expired/i, 'HOST_FAILED', 'Ask again: a new session is opened.'],
  [/invalid|not.?found|not.?supported|unsupported|permission|auth|api.?key/i, 'HOST_REFUSED', 'Correct what it names.'],
];

const other = [/^/, 'HOST_FAILED', 'Try again.'] as const;

/**
 * What a host said in its session, as an error.
 * @param kind - its own names for it, as far as it gives any
 * @param said - its words
 * @returns HOST_REFUSED, HOST_BUSY, CONTEXT_FULL; HOST_FAILED where nothing else fits
 */
export function saidError(kind: string, said: string, host: HostIdentity): FramenestError {
  const known = meanings.find(([pattern]) => pattern.test(kind)) ?? meanings.find(([pattern]) => pattern.test(said));
  const [, code, mend] = known ?? other;
  return new FramenestError(code, { what: `${host.name} says: ${hostWords(said, host.secrets)}`, mend });
}

/** An `error` event of OpenAI's Realtime interface. */
export function eventError({ type, code, message }: RealtimeError, host: HostIdentity): FramenestError {
  return saidError(`${type} ${code ?? ''}`, message, host);
}

/** Why a response is no answer; undefined where it is one, cut off or not. */
export function failedResponse(response: RealtimeResponse, host: HostIdentity): FramenestError | undefined {
  const { status, status_details: details } = response;
  if (status === 'failed') {
    const { type = '', code = '' } = details?.error ?? {};
    return saidError(`${code} ${type}`, `the response failed, ${code || type || 'without a reason'}.`, host);
  }
  if (details?.reason !== 'content_filter') return undefined;
  return new FramenestError('HOST_REFUSED', {
    what: `${host.name} does not answer this: its content filter stopped it.`,
    mend: 'Ask otherwise.',
  });
}
