import type { TokenScale } from '../../media/token-scale.ts';
import type { AnalysedFrame, Contender } from './contender.ts';

/**
 * Every k-th frame at the ceiling, nothing in between: few frames, but rich ones. The simple baseline that is hard to
 * beat. A frame in between costs it nothing, where our own policies pay one token.
 */
export class EveryKth implements Contender {
  readonly policy = 'every-kth';
  readonly setting: number;
  readonly side: number;
  readonly held: Float32Array;
  readonly #tokens: number;

  /** @param k - ≥ 1 */
  constructor(k: number, { side, tokens }: TokenScale, channels: number) {
    this.setting = k;
    this.side = side;
    this.held = new Float32Array(tokens * channels);
    this.#tokens = tokens;
  }

  /** See {@link Contender.take}. */
  take({ index, meansAt }: AnalysedFrame): number {
    if (index % this.setting !== 0) return 0;
    this.held.set(meansAt(this.side));
    return this.#tokens;
  }
}
