import { Inbox } from '../client/inbox.ts';
import { asFramenestError } from '../errors.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Packet } from '../media/packet.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import type { StreamMoment } from '../operators/note-moments.ts';
import type { PipelineOptionsInput } from '../pipeline/pipeline-options.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import type { BudgetPlan } from '../scales/budget-plan.ts';
import { tokenFrames } from './token-frames.ts';
import type { TokenContent, WindowFrame } from './window-frame.ts';

/** A video and what makes tokens of it; the caller opens and frees both. */
export interface VideoTokens {
  /** Opened as `decodeTarget` says. */
  readonly source: FrameSource;
  readonly encoder: VisionEncoder;
  /** Of the pipeline; frames are whole, whatever they say of the layout. */
  readonly options?: PipelineOptionsInput;
  /** Needed by policy `budget`, see `surveyBudget`. */
  readonly plan?: BudgetPlan;
  /** Hears of cuts and activity. */
  readonly onMoment?: (moment: StreamMoment) => void;
}

interface Delivered {
  readonly packet: Packet;
  readonly done: () => void;
}

/**
 * Frames of a video as tokens, made in this process. At most the options' `window` frames are between the decoder and
 * whoever takes them: a file waits, and a camera's oldest frames go. Ends without an error when the signal aborts.
 * @throws FramenestError as `pipeline` does, once the loop has begun
 */
export async function* videoTokens(
  { source, encoder, options, plan, onMoment }: VideoTokens,
  signal: AbortSignal,
): AsyncGenerator<WindowFrame<TokenContent>, void, undefined> {
  const inbox = new Inbox<Delivered>();
  const leave = (): void => inbox.close();
  const running = pipeline({
    ...{ source, encoder, options: { ...options, layout: 'uniform' } },
    ...(plan && { plan }),
    ...(onMoment && { onMoment }),
    sink: (packet) => new Promise<void>((done) => inbox.put({ packet, done })),
  }).subscribe({
    error: (thrown: unknown) => inbox.fail(asFramenestError(thrown)),
    complete: leave,
  });
  signal.addEventListener('abort', leave, { once: true });
  try {
    if (signal.aborted) return;
    for (let delivered = await inbox.take(); delivered; delivered = await inbox.take()) {
      yield* tokenFrames(delivered.packet);
      delivered.done();
    }
  } finally {
    signal.removeEventListener('abort', leave);
    running.unsubscribe();
  }
}
