import { FramenestError } from '../../errors.ts';
import type { HostOptions } from '../host.ts';
import type { HostIdentity } from './host-error.ts';

/** Where a host is, and how patient we are with it: {@link HostOptions}, checked. */
export interface HostAddress extends HostIdentity {
  /** Base of its interface, without a slash at the end: `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  readonly key: string | undefined;
  /** 1 … 20. */
  readonly attempts: number;
  /** Seconds, above 0, at most 300. */
  readonly silenceS: number;
}

/** Where vLLM and TensorRT-LLM listen unless told otherwise. */
const usualUrl = 'http://127.0.0.1:8000/v1';
/** `fetch` itself gives up after 300 s without a header. */
const longestSilenceS = 300;

/**
 * Checks the address of a host that speaks HTTP. One without a path gets `/v1`.
 * @param kind - for people: `vLLM`
 * @throws FramenestError OPTION_INVALID: no http(s) address, one that holds credentials, or a number out of range
 */
export function hostAddress(kind: string, options: HostOptions): HostAddress {
  const { attempts = 4, silenceS = 60, key } = options;
  const url = baseUrl(options.url ?? usualUrl);
  if (!(Number.isInteger(attempts) && attempts >= 1 && attempts <= 20)) {
    throw refused(`Option "attempts" is ${attempts}.`, 'Give 1 to 20.');
  }
  if (!(silenceS > 0 && silenceS <= longestSilenceS)) {
    throw refused(`Option "silenceS" is ${silenceS}.`, `Give seconds, above 0 and at most ${longestSilenceS}.`);
  }
  return { name: `${kind} at ${url}`, url, key, secrets: [key], attempts, silenceS };
}

/** The address itself is not repeated where it is refused: it may hold a password. */
function baseUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw refused('The address of the host is no http:// or https:// address.', `Give one like ${usualUrl}.`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw refused('The address of the host holds credentials or a query.', 'Give the key as the option "key".');
  }
  return url.origin + (url.pathname === '/' ? '/v1' : url.pathname.replace(/\/+$/, ''));
}

function refused(what: string, mend: string): FramenestError {
  return new FramenestError('OPTION_INVALID', { what, mend });
}
