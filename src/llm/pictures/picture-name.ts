import { createHash } from 'node:crypto';
import type { HeldFrame, PictureContent } from '../window-frame.ts';

const digests = new WeakMap<Uint8Array, string>();

/**
 * Names a frame's picture for what is kept by name: its id, and a digest of its bytes. The id alone would do within one
 * stream, but a host may be asked about two streams, or about one that was set up anew, and both can have a `door/1/0`.
 */
export function pictureName({ id, content: { jpeg } }: HeldFrame<PictureContent>): string {
  let digest = digests.get(jpeg);
  if (digest === undefined) {
    // 96 bits: by chance two pictures in 2^48 meet.
    digest = createHash('sha256').update(jpeg).digest('hex').slice(0, 24);
    digests.set(jpeg, digest);
  }
  return `${id}~${digest}`;
}
