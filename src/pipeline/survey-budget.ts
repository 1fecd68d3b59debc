import { Observable, lastValueFrom, map, takeUntil } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import { ChangeDetector } from '../change/change-detector.ts';
import { FramenestError } from '../errors.ts';
import { CreditWindow } from '../flow/credit-window.ts';
import type { FrameSource } from '../media/frame-source.ts';
import { seconds } from '../media/timebase.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { decode } from '../operators/decode.ts';
import { encode } from '../operators/encode.ts';
import { proposeScale } from '../operators/propose-scale.ts';
import type { EncodedFrame } from '../operators/records.ts';
import { scoreChange } from '../operators/score-change.ts';
import { positionsOf } from '../operators/select-tokens.ts';
import { BudgetPlan, surveyPrices } from '../scales/budget-plan.ts';
import { budgetSpending } from '../scales/budget-spending.ts';
import { fidelitySpending } from '../scales/fidelity-spending.ts';
import { TokenSelector } from '../scales/token-selector.ts';
import { featurePrice, ladderOf, layoutOf, policyOf } from './choosers.ts';
import { parsePipelineOptions, windowOf } from './pipeline-options.ts';
import type { PipelineOptionsInput } from './pipeline-options.ts';

/** What a survey reads. */
export interface Survey {
  /** Opens the input anew: once, or twice where the budget is more than a gated reading can spend. */
  readonly open: () => Promise<FrameSource>;
  readonly encoder: VisionEncoder;
  readonly options: PipelineOptionsInput;
  readonly signal: AbortSignal;
  /** Called after every frame with its presentation time from the first, seconds. */
  readonly onProgress?: (timeS: number) => void;
}

/**
 * The first pass of policy `budget`: reads the whole input and counts what each frame would cost at several prices,
 * with a selector for each. Keeps no features. Where even the lowest price cannot use the budget up, it reads again and
 * lets the encoder run on every frame, so that there is more to say.
 * @throws FramenestError OPTION_INVALID for a live source, or a budget of less than one token a frame; ABORTED; every
 * code of decoder and encoder
 */
export async function surveyBudget(survey: Survey): Promise<BudgetPlan> {
  const { budget } = parsePipelineOptions(survey.options);
  const plan = await readOnce(survey, true);
  if (budget === undefined) return plan;
  // Refuses a total that no run can keep to, before anything is made of it.
  budgetSpending(plan, budget);
  return plan.tokens(0) >= budget ? plan : readOnce(survey, false);
}

async function readOnce({ open, encoder, signal, onProgress, ...rest }: Survey, gated: boolean): Promise<BudgetPlan> {
  const options = parsePipelineOptions(rest.options);
  const { gridSide, inputSide, channels } = encoder.facts;
  const ladder = ladderOf(options, gridSide);
  const prices = surveyPrices(featurePrice(options));
  const plan = new BudgetPlan(prices, gated);
  const selectors = prices.map(
    (price) => new TokenSelector(ladder, channels, layoutOf(options), fidelitySpending(price, options.tau)),
  );
  const source = await open();
  try {
    if (source.facts.live) throw endless(source.facts.input);
    const window = windowOf(options, false);
    const credits = new CreditWindow(window);
    const detector = new ChangeDetector({ frameSide: inputSide, ladder, minSceneS: options.minSceneS });
    let first: number | undefined;
    const counted = decode(source, credits).pipe(
      scoreChange(detector),
      proposeScale(policyOf(options, ladder, plan), detector),
      encode(encoder, window, source),
      count(selectors, plan),
      map((timeS) => {
        credits.give();
        first ??= timeS;
        onProgress?.(timeS - first);
      }),
      takeUntil(aborted(signal)),
    );
    await lastValueFrom(counted, { defaultValue: undefined });
  } finally {
    await source.close();
  }
  return plan;
}

/** Adds each frame's tokens at every price to the plan; gives its presentation time, seconds. */
function count(selectors: readonly TokenSelector[], plan: BudgetPlan): OperatorFunction<EncodedFrame, number> {
  return map((encoded) => {
    const tokens = selectors.map((selector) => {
      const positions = positionsOf(selector, encoded);
      if (positions) selector.received(positions, selector.tokensAt(positions));
      return positions?.length ?? 1;
    });
    plan.add(tokens);
    return seconds(encoded.frame.pts, encoded.frame.timebase);
  });
}

/** Fails with ABORTED as soon as the signal says so, whatever is being waited for. */
function aborted(signal: AbortSignal): Observable<never> {
  return new Observable((subscriber) => {
    const stop = (): void =>
      subscriber.error(new FramenestError('ABORTED', { what: 'The survey was stopped.', mend: 'Start it again.' }));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    return () => signal.removeEventListener('abort', stop);
  });
}

function endless(input: string): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what: `Option "policy" is "budget", but ${input} is live and has no end.`,
    mend: 'Use policy "rate" with tokens a second for a live source.',
  });
}
