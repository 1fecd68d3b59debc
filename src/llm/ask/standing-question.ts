import type { FramenestError } from '../../errors.ts';
import type { StreamMoment } from '../../operators/note-moments.ts';
import type { WindowFrame } from '../window-frame.ts';
import { aboutSpan } from './about-span.ts';
import { AnswerDesk } from './answer-desk.ts';
import type { Outcome } from './answer-desk.ts';
import { askedSpan } from './asked-span.ts';
import type { AskedSpan } from './ask-event.ts';
import type { Asking } from './asking.ts';
import { Pins } from './pins.ts';
import { Triggers } from './triggers.ts';

/**
 * Asks about a window as it fills: one answer under way, one question waiting, into which every other merges. What waits
 * is asked about the window as it is then. Never makes its caller wait.
 */
export class StandingQuestion<Content> {
  readonly #asking: Asking<Content>;
  readonly #signal: AbortSignal;
  readonly #onFailure: () => void;
  readonly #desk: AnswerDesk<Content>;
  readonly #triggers: Triggers;
  readonly #pins: Pins;
  #newest: WindowFrame<Content> | undefined;
  /** Where the last question that was answered ended, in the epoch at hand, seconds. */
  #since: number | undefined;
  #epoch = 0;
  #failure: FramenestError | undefined;

  /**
   * @param signal - ends the answer under way
   * @param onFailure - called where it cannot go on, see `failure`
   */
  constructor(asking: Asking<Content>, signal: AbortSignal, onFailure: () => void) {
    this.#asking = asking;
    this.#signal = signal;
    this.#onFailure = onFailure;
    this.#pins = new Pins(asking.window);
    this.#desk = new AnswerDesk(asking.answer, asking.tell);
    this.#triggers = new Triggers(asking.standing ?? { cooldownS: 0 });
  }

  /** Why it does not go on; undefined while it does. */
  get failure(): FramenestError | undefined {
    return this.#failure;
  }

  /** A frame was pushed into the window. */
  frame(frame: WindowFrame<Content>): void {
    if (this.#newest && frame.atS < this.#newest.atS) {
      this.#epoch++;
      this.#since = undefined;
    }
    this.#newest = frame;
    this.#pins.frame(frame);
    this.#triggers.frame(frame.atS);
    this.#pump();
  }

  /** The newest frame told of this. */
  moment(kind: StreamMoment['kind']): void {
    if (!this.#asking.standing?.onActivity) return;
    if (this.#newest && kind !== 'activity-end') this.#pins.moment(this.#newest.id);
    this.#triggers.moment();
    this.#pump();
  }

  /** The input has ended: asks what is left to ask; resolves once all is answered. */
  async finish(): Promise<void> {
    await this.settled();
    this.#triggers.end();
    if (this.#asking.standing) this.#pump();
    else this.#ask(0);
    await this.settled();
  }

  /** Resolves once no answer is under way. */
  settled(): Promise<void> {
    return this.#desk.idle();
  }

  #pump(): void {
    if (this.#desk.busy || this.#signal.aborted || !this.#triggers.due) return;
    this.#ask(this.#triggers.take());
  }

  #ask(coalesced: number): void {
    const { window, question, standing } = this.#asking;
    const view = window.view();
    this.#pins.asked();
    const span = { ...askedSpan(view, this.#since), coalesced };
    const prompt = standing ? aboutSpan(question.prompt, span.t0, span.t1) : question.prompt;
    const epoch = this.#epoch;
    this.#desk.begin({ ...question, prompt, window: view, signal: this.#signal }, span, (outcome) => {
      if (outcome) this.#came(outcome, span, epoch);
      this.#pump();
    });
  }

  #came(outcome: Outcome, span: AskedSpan, epoch: number): void {
    if (outcome.answered) {
      if (epoch === this.#epoch) this.#since = span.t1;
      return;
    }
    const { error } = outcome;
    if (this.#asking.standing && error.retryable) return this.#asking.tell({ type: 'failed', error, ...span });
    this.#failure = error;
    this.#onFailure();
  }
}
