import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { FramenestError } from '../errors.ts';

/** Whether a host, as an address or a URL writes it, is this machine and no other. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether nobody else can give a host of a URL away: an address, or `localhost`. Any other name may point anywhere. */
export function isOwnName(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) > 0;
}

/**
 * Whether whoever asks may connect. Programs send no Origin and may. A page may where its origin is listed, or where it
 * came from the very address that it connects to. That must not be a name: a page elsewhere can have its own name point to
 * this machine (DNS rebinding), and then its origin and the Host agree.
 */
export function mayConnect({ origin, host }: IncomingHttpHeaders, allowed: ReadonlySet<string>): boolean {
  if (origin === undefined || allowed.has(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  return page.host === host && isOwnName(page.hostname);
}

/**
 * Origins as browsers send them: scheme, host and port.
 * @throws FramenestError OPTION_INVALID
 */
export function parseOrigins(origins: readonly string[]): ReadonlySet<string> {
  return new Set(
    origins.map((text) => {
      if (URL.canParse(text) && new URL(text).origin !== 'null') return new URL(text).origin;
      throw new FramenestError('OPTION_INVALID', {
        what: `"${text}" is no origin.`,
        mend: 'Give scheme, host and port of the page, such as http://localhost:5173.',
      });
    }),
  );
}
