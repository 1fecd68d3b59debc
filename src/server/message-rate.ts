import { FramenestError } from '../errors.ts';
import { RateBucket } from './rate-bucket.ts';

/** Control messages a second that a session may send in the long run; `welcome` tells it. */
export const MESSAGES_PER_SECOND = 100;

/** Messages that it may send at once. */
const BURST = 1000;

/** Counts the control messages of one session. */
export class MessageRate {
  readonly #bucket = new RateBucket({ perSecond: MESSAGES_PER_SECOND, burst: BURST });

  /**
   * One more message has come.
   * @param nowMs - a clock that never falls, milliseconds
   * @throws FramenestError RATE_LIMITED: more than 1,000 at once, or than 100 a second in the long run
   */
  count(nowMs = performance.now()): void {
    if (this.#bucket.take(nowMs)) return;
    throw new FramenestError('RATE_LIMITED', {
      what: `More than ${MESSAGES_PER_SECOND} control messages a second, and more than ${BURST} at once.`,
      mend: 'Grant more credit in one message, and fewer messages.',
    });
  }
}
