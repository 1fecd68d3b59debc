/** Characters: fewer can be guessed, more may fit no header. */
const LEAST = 16;
const MOST = 512;

/** What an access token of a server must be. */
export const tokenWords = `${LEAST} … ${MOST} visible ASCII characters`;

/** Begins the entry of `Sec-WebSocket-Protocol` that carries a token: a browser's WebSocket can set no other header. */
export const BEARER_PREFIX = 'framenest.bearer.';

/** Whether a text may be an access token of a server. */
export function isToken(text: string): boolean {
  return text.length >= LEAST && text.length <= MOST && /^[!-~]+$/.test(text);
}
