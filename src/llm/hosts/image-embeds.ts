import { FramenestError } from '../../errors.ts';
import type { HostQuestion, TokenExpectation } from '../host.ts';
import type { HeldFrame, TokenContent } from '../window-frame.ts';
import type { ContentPart } from './chat-stream.ts';
import { contentId } from './content-id.ts';
import { contentOf } from './frame-door.ts';
import type { FrameDoor, SendContent } from './frame-door.ts';
import { framePayload, gridPayload } from './frame-payload.ts';
import type { PayloadOptions } from './frame-payload.ts';
import { SentFrames } from './sent-frames.ts';

/**
 * How vLLM words that it lacks what was asked for by `uuid` alone: the first where it looks for it, the second where its
 * engine does (vllm/multimodal/processing/processor.py, vllm/multimodal/cache).
 */
const miss = /cache miss for image|expected a cached item for mm_hash/i;

/**
 * vLLM's door for a model that sees: a part `image_embeds` for each frame, with a `uuid` for its caches.
 * @param reuse - whether frames that the host was sent are asked for by their `uuid` alone. vLLM takes either all frames
 * of a request so or none; what it lacks is sent once more with everything.
 */
export function imageEmbedsDoor(shape: TokenExpectation['shape'], options: PayloadOptions, reuse: boolean): FrameDoor {
  const sent = new SentFrames();
  const full = (frame: HeldFrame<TokenContent>): ContentPart => ({
    type: 'image_embeds',
    image_embeds:
      shape === 'grid'
        ? { image_embeds: framePayload(frame, options), image_grid_thw: gridPayload(frame, options) }
        : framePayload(frame, options),
    uuid: contentId(frame),
  });
  return {
    async *ask(question, send) {
      const ids = idsOf(question);
      if (reuse && sent.has(ids)) {
        const answer = yield* known(question, send, sent);
        if (answer === 'given') return;
      }
      let taken = false;
      for await (const piece of send(contentOf(question, full))) {
        if (!taken) sent.sent(ids);
        taken = true;
        yield piece;
      }
    },
  };
}

/** Asks by names alone. */
async function* known(
  question: HostQuestion<TokenContent>,
  send: SendContent,
  sent: SentFrames,
): AsyncGenerator<string, 'given' | 'missed', undefined> {
  const named = (frame: HeldFrame<TokenContent>): ContentPart => ({
    type: 'image_embeds',
    image_embeds: null,
    uuid: contentId(frame),
  });
  let given = false;
  try {
    for await (const piece of send(contentOf(question, named))) {
      if (!given) sent.hit();
      given = true;
      yield piece;
    }
    return 'given';
  } catch (thrown) {
    if (given || !(thrown instanceof FramenestError) || !miss.test(thrown.what)) throw thrown;
    sent.missed();
    return 'missed';
  }
}

function idsOf({ window }: HostQuestion<TokenContent>): readonly string[] {
  return window.parts.flatMap((part) => (part.type === 'frame' ? [contentId(part.frame)] : []));
}
