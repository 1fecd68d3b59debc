import type { SourceFacts } from '../media/frame-source.ts';
import type { OpenRequest } from './open-request.ts';
import { redactInput } from './redact.ts';
import { uprightSize } from './stream-choice.ts';
import type { VideoStream } from './stream-choice.ts';

/** What a decoder found when it opened an input. */
export interface OpenedStream {
  readonly stream: VideoStream;
  /** Seconds; undefined where the container does not say. */
  readonly durationS: number | undefined;
}

/** The facts of a source, as both decoders tell them: credentials hidden, the size upright, no length for a camera. */
export function sourceFacts(
  decoder: SourceFacts['decoder'],
  { input, kind }: OpenRequest,
  { stream, durationS }: OpenedStream,
): SourceFacts {
  return {
    input: redactInput(input),
    decoder,
    timebase: stream.timebase,
    ...(durationS === undefined || kind.live ? {} : { durationS }),
    ...uprightSize(stream),
    codec: stream.codec,
    live: kind.live,
  };
}
