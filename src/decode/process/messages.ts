import type { ErrorRecord } from '../../errors.ts';
import type { SourceCounts, SourceFacts } from '../../media/frame-source.ts';
import type { OpenRequest } from '../open-request.ts';

/** What of a request can be sent: credentials travel in it, never on the command line or in the environment. */
export type SentRequest = Omit<OpenRequest, 'signal' | 'onNote'>;

/** Our process → decoder process. First `open`, then at most one `read`, a `want` for each picture on demand, then `close`. */
export type ToDecoder =
  | { readonly kind: 'open'; readonly request: SentRequest }
  | { readonly kind: 'read' }
  | { readonly kind: 'want' }
  | { readonly kind: 'close' };

/** Decoder process → our process; the frames themselves come through the pipe. */
export type FromDecoder =
  | { readonly kind: 'opened'; readonly facts: SourceFacts }
  | { readonly kind: 'refused'; readonly error: ErrorRecord }
  | { readonly kind: 'note'; readonly text: string }
  /** Also in the header of each frame: this is for times in which none is given out. */
  | { readonly kind: 'counts'; readonly counts: SourceCounts }
  /** The last frame is in the pipe. */
  | { readonly kind: 'ended'; readonly error?: ErrorRecord; readonly counts: SourceCounts };
