import { defer, finalize, identity } from 'rxjs';
import type { Observable } from 'rxjs';
import { ChangeDetector } from '../change/change-detector.ts';
import { CreditWindow } from '../flow/credit-window.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Packet } from '../media/packet.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { decode } from '../operators/decode.ts';
import { deliver } from '../operators/deliver.ts';
import type { Sink } from '../operators/deliver.ts';
import { encode } from '../operators/encode.ts';
import { StreamCounts, measure } from '../operators/measure.ts';
import { nest } from '../operators/nest.ts';
import { noteMoments } from '../operators/note-moments.ts';
import type { StreamMoment } from '../operators/note-moments.ts';
import { pack } from '../operators/pack.ts';
import { proposeScale } from '../operators/propose-scale.ts';
import { scoreChange } from '../operators/score-change.ts';
import { selectTokens } from '../operators/select-tokens.ts';
import { takeStills } from '../operators/take-stills.ts';
import type { StillSlot } from '../operators/take-stills.ts';
import type { BudgetPlan } from '../scales/budget-plan.ts';
import { ladderOf, policyOf, selectorOf } from './choosers.ts';
import { parsePipelineOptions, windowOf } from './pipeline-options.ts';
import type { PipelineOptions, PipelineOptionsInput } from './pipeline-options.ts';

/** What a pipeline joins. */
export interface PipelineParts {
  /** Opened with the encoder's input side, resize mode and padding; see `decodeTarget`. */
  readonly source: FrameSource;
  /** Shared: one encoder serves every pipeline of the process. Not disposed here. */
  readonly encoder: VisionEncoder;
  /** Gets every packet; while its promise is open, at most `window` frames are in flight. */
  readonly sink: Sink<Packet>;
  readonly options?: PipelineOptionsInput;
  /** Of the same input, from `surveyBudget`; needed by policy `budget`. */
  readonly plan?: BudgetPlan;
  /** Cells of the patch grid, `[gridSide²]`: 1 where changes do not count. See `ignoredCells`. */
  readonly ignored?: Uint8Array;
  /** Of the first packet; a camera's next connection goes on where the last one ended. Default 0. */
  readonly firstSequence?: number;
  /** Hears of cuts and activity, for programs that want no tokens. */
  readonly onMoment?: (moment: StreamMoment) => void;
  /** Seconds without a change after which an activity has ended. Default 3. */
  readonly quietS?: number;
  /** Gets pictures of the frames while somebody asks for them. */
  readonly stills?: StillSlot;
  /** Filled while the pipeline runs. */
  readonly counts?: StreamCounts;
}

/**
 * framenest in one sentence: decode a source, score how much each frame changes, give it a token scale, encode it,
 * nest its tokens (or select them, where features decide), pack them and deliver the packet. One frame in is one packet
 * out, in order.
 *
 * Cold: every subscription runs the source anew with fresh state. Unsubscribing stops the decoder.
 * @throws FramenestError OPTION_INVALID, LADDER_INVALID at once; decoder and encoder codes through the Observable
 */
export function pipeline(parts: PipelineParts): Observable<Packet> {
  const { source, encoder, sink, plan, counts = new StreamCounts(), firstSequence = 0, quietS = 3 } = parts;
  const { onMoment, ignored, stills } = parts;
  const { live, width, height } = source.facts;
  const options = checkPipeline(encoder, parts.options, plan);
  const { inputSide, gridSide, channels, digest, stage } = encoder.facts;
  const window = windowOf(options, live);
  const picture = { resize: encoder.facts.resize, width, height };
  const ladder = ladderOf(options, gridSide);
  const header = { stream: options.stream, encoder: digest, stage, epoch: options.epoch, firstSequence };

  return defer(() => {
    const credits = new CreditWindow(window);
    const detector = new ChangeDetector({
      frameSide: inputSide,
      ladder,
      minSceneS: options.minSceneS,
      ignore: ignored,
      camera: options.camera ?? live,
    });
    const policy = policyOf(options, ladder, plan);
    const selector = selectorOf(options, ladder, channels, plan, ignored);
    const settle = counts.begin(source);
    const frames = decode(source, credits, counts);
    return (stills ? frames.pipe(takeStills(stills, picture, firstSequence)) : frames).pipe(
      scoreChange(detector),
      onMoment ? noteMoments({ ...picture, detector, gridSide, quietS, tell: onMoment }) : identity,
      proposeScale(policy, detector, () => (live ? credits.pressure : 0)),
      encode(encoder, window, source),
      selector ? selectTokens(selector, options.dtype) : nest(),
      measure(counts),
      pack(header, options.dtype),
      deliver(sink, credits),
      finalize(settle),
    );
  });
}

/**
 * Says whether options fit an encoder, without a source: what is wrong is told before a camera is reached.
 * @returns the options with every default filled in
 * @throws FramenestError OPTION_INVALID, LADDER_INVALID
 */
export function checkPipeline(
  { facts: { gridSide, channels } }: VisionEncoder,
  input: PipelineOptionsInput = {},
  plan?: BudgetPlan,
): PipelineOptions {
  const options = parsePipelineOptions(input);
  const ladder = ladderOf(options, gridSide);
  policyOf(options, ladder, plan);
  selectorOf(options, ladder, channels, plan);
  return options;
}
