import type { IncomingHttpHeaders } from 'node:http';
import { BEARER_PREFIX } from '../wire/access-token.ts';

/**
 * The token that came with a request: of `Authorization: Bearer TOKEN`, else of the entry `framenest.bearer.` +
 * base64url(TOKEN) in `Sec-WebSocket-Protocol`. The server must never answer with that entry. Not checked at all.
 */
export function bearerOf(headers: IncomingHttpHeaders): string | undefined {
  const [, token] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined || headers.authorization !== undefined) return token;
  const offered = headers['sec-websocket-protocol']?.split(',').map((entry) => entry.trim()) ?? [];
  const companion = offered.find((entry) => entry.startsWith(BEARER_PREFIX));
  return companion && Buffer.from(companion.slice(BEARER_PREFIX.length), 'base64url').toString('latin1');
}
