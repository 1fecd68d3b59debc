import { ChangeDetector } from '../../change/change-detector.ts';
import { ceiling } from '../../media/token-scale.ts';
import type { Ladder } from '../../media/token-scale.ts';
import { ReceiverState } from '../../scales/receiver-state.ts';
import { changePolicy } from '../../scales/change-policy.ts';
import type { ChangePolicyOptions } from '../../scales/change-policy.ts';
import type { ScalePolicy } from '../../scales/scale-policy.ts';
import type { AnalysedFrame, Contender } from './contender.ts';

/** What policy `change` wants to know. */
export interface PixelContenderOptions extends ChangePolicyOptions {
  /** Of the square frames, pixels. */
  readonly frameSide: number;
  /** Shortest scene, seconds. */
  readonly minSceneS: number;
}

/** Policy `change`: pixels decide the scale of the whole frame, in a closed loop of its own. */
export class PixelContender implements Contender {
  readonly policy = 'change';
  readonly setting: number;
  readonly side: number;
  readonly levels: number[] = [];
  readonly #detector: ChangeDetector;
  readonly #policy: ScalePolicy;
  readonly #receiver: ReceiverState;

  constructor(ladder: Ladder, channels: number, options: PixelContenderOptions) {
    this.setting = options.price;
    this.side = ceiling(ladder).side;
    this.#detector = new ChangeDetector({ ...options, ladder });
    this.#policy = changePolicy(ladder, options);
    // Nothing finer than the ceiling is ever sent: a receiver of that size holds all there is.
    this.#receiver = new ReceiverState({ gridSide: this.side, scales: ladder.scales }, channels);
  }

  /** See {@link Contender.held}. */
  get held(): Float32Array {
    return this.#receiver.held;
  }

  /** See {@link Contender.take}. */
  take({ rgb, moment, meansAt }: AnalysedFrame): number {
    const { scale } = this.#policy.choose(this.#detector.score(rgb, moment.timeS));
    this.#detector.sent(scale);
    this.levels.push(scale?.level ?? 0);
    if (scale === undefined) return 1;
    this.#receiver.send(meansAt(this.side), scale);
    return scale.tokens;
  }
}
