import { FramenestError } from '../errors.ts';
import { BEARER_PREFIX } from '../wire/access-token.ts';

/** What a server may want before it lets a client in. */
export interface Access {
  /**
   * The bearer token. In Node it travels as `Authorization: Bearer`, in browsers, which can set no header, as a second
   * subprotocol beside `framenest.v1`. Never part of an error.
   */
  readonly token?: string;
  /** Certificates (PEM) to trust in place of the system's. Node alone: a browser has its own. */
  readonly ca?: string;
}

/** Visible ASCII: what a header can carry. */
const speakable = /^[\x21-\x7e]{1,4096}$/;

/** @throws FramenestError OPTION_INVALID where the token cannot travel in a header; without the token */
export function checkToken(token: string | undefined): void {
  if (token === undefined || speakable.test(token)) return;
  throw new FramenestError('OPTION_INVALID', {
    what: 'The token has characters that no header can carry, or none, or more than 4,096.',
    mend: 'Give the token as the server was told it: letters, digits and signs, without spaces or line ends.',
  });
}

/** The subprotocol that carries a token: `framenest.bearer.` and the token in base64url without padding. */
export function bearerProtocol(token: string): string {
  const base64 = btoa(token);
  return `${BEARER_PREFIX}${base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`;
}
