import type { StreamMoment } from '../../operators/note-moments.ts';
import type { WindowFrame } from '../window-frame.ts';

/** What a question's input gives, in order: frames, and after a frame what it told of. */
export type FeedItem<Content> =
  | { readonly type: 'frame'; readonly frame: WindowFrame<Content> }
  | { readonly type: 'moment'; readonly kind: StreamMoment['kind'] };

/** An input, begun by its loop. Ends without an error when the signal aborts. */
export type Feed<Content> = (signal: AbortSignal) => AsyncIterable<FeedItem<Content>>;
