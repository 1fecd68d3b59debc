import type { StreamEvent } from '../../wire/control-message.ts';
import type { WindowFrame } from '../window-frame.ts';
import type { FeedItem } from './feed.ts';
import { framePlace } from './frame-place.ts';
import { MomentInbox } from './moment-inbox.ts';

/**
 * A stream's frames, and what happened in it: each moment after the frame that told of it, or after the first frame that
 * comes later than the moment. Ends with the frames.
 * @param stream - name of the stream, as in the frames' ids
 * @param inbox - where moments are put as they are told
 */
export async function* withMoments<Content>(
  frames: AsyncIterable<WindowFrame<Content>>,
  stream: string,
  inbox: MomentInbox,
): AsyncGenerator<FeedItem<Content>, void, undefined> {
  for await (const frame of frames) {
    yield { type: 'frame', frame };
    const place = framePlace(frame.id, stream);
    if (place) for (const kind of inbox.take(place)) yield { type: 'moment', kind };
  }
}

/**
 * The same with the events of a server.
 * @param events - begun here; they end when their signal aborts
 * @throws FramenestError as frames and events do
 */
export async function* withEvents<Content>(
  frames: AsyncIterable<WindowFrame<Content>>,
  stream: string,
  events: (signal: AbortSignal) => AsyncIterable<StreamEvent>,
): AsyncGenerator<FeedItem<Content>, void, undefined> {
  const inbox = new MomentInbox();
  const over = new AbortController();
  let failure: { readonly thrown: unknown } | undefined;
  const listening = listen(events(over.signal), inbox).catch((thrown: unknown) => (failure = { thrown }));
  try {
    for await (const item of withMoments(frames, stream, inbox)) {
      if (failure) throw failure.thrown;
      yield item;
    }
  } finally {
    over.abort();
    await listening;
  }
}

async function listen(events: AsyncIterable<StreamEvent>, inbox: MomentInbox): Promise<void> {
  for await (const { event, epoch, sequence } of events) {
    if (sequence !== undefined && event !== 'lost' && event !== 'back') inbox.put({ kind: event, epoch, sequence });
  }
}

/** Frames alone, as a feed. */
export async function* withoutMoments<Content>(
  frames: AsyncIterable<WindowFrame<Content>>,
): AsyncGenerator<FeedItem<Content>, void, undefined> {
  for await (const frame of frames) yield { type: 'frame', frame };
}
