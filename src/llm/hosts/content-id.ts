import { createHash } from 'node:crypto';
import type { HeldFrame, TokenContent } from '../window-frame.ts';

const digests = new WeakMap<Float32Array, string>();

/**
 * Names a frame for a host that keeps things by name: its id, and a digest of its tokens. The id alone would do within one
 * stream, but two servers, or one that was set up anew, can both have a `door/1/0`; and a host believes the name: it would
 * answer about the other picture, or end where the two have different numbers of tokens.
 */
export function contentId({ id, content }: HeldFrame<TokenContent>): string {
  const { values, channels } = content;
  let digest = digests.get(values);
  if (digest === undefined) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    // 96 bits: by chance two frames in 2^48 meet.
    digest = createHash('sha256').update(`${channels}:`).update(bytes).digest('hex').slice(0, 24);
    digests.set(values, digest);
  }
  return `${id}~${digest}`;
}
