import { defer } from 'rxjs';
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
import { pack } from '../operators/pack.ts';
import { proposeScale } from '../operators/propose-scale.ts';
import { scoreChange } from '../operators/score-change.ts';
import { selectTokens } from '../operators/select-tokens.ts';
import type { BudgetPlan } from '../scales/budget-plan.ts';
import { ladderOf, policyOf, selectorOf } from './choosers.ts';
import { parsePipelineOptions } from './pipeline-options.ts';
import type { PipelineOptionsInput } from './pipeline-options.ts';

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
export function pipeline({ source, encoder, sink, counts, plan, ...parts }: PipelineParts): Observable<Packet> {
  const options = parsePipelineOptions(parts.options ?? {});
  const { inputSide, gridSide, channels, digest, stage } = encoder.facts;
  const ladder = ladderOf(options, gridSide);
  const header = { stream: options.stream, encoder: digest, stage, epoch: options.epoch, live: source.facts.live };
  policyOf(options, ladder, plan);
  selectorOf(options, ladder, channels, plan);

  return defer(() => {
    const credits = new CreditWindow(options.window);
    const detector = new ChangeDetector({ frameSide: inputSide, ladder, minSceneS: options.minSceneS });
    const policy = policyOf(options, ladder, plan);
    const selector = selectorOf(options, ladder, channels, plan);
    return decode(source, credits).pipe(
      scoreChange(detector),
      proposeScale(policy, detector),
      encode(encoder, options.window, (data) => source.recycle(data)),
      selector ? selectTokens(selector, options.dtype) : nest(),
      measure(counts ?? new StreamCounts()),
      pack(header, options.dtype),
      deliver(sink, credits),
    );
  });
}
