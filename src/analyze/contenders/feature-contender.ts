import type { Ladder } from '../../media/token-scale.ts';
import { fidelitySpending } from '../../scales/fidelity-spending.ts';
import type { LayoutName } from '../../scales/layout.ts';
import { levelOf } from '../../scales/scale-tree.ts';
import { TokenSelector } from '../../scales/token-selector.ts';
import type { AnalysedFrame, Contender } from './contender.ts';

const NOTHING = new Int32Array(0);

/** Policy `fidelity`: features decide behind the gate, in whole frames or by a cut of the scale tree. */
export class FeatureContender implements Contender {
  readonly policy: 'fidelity-uniform' | 'fidelity-tree';
  readonly setting: number;
  readonly side: number;
  readonly levels?: number[];
  /** Positions of the newest frame's tokens; empty where the receiver holds all there is. A view until the next frame. */
  positions: Int32Array = NOTHING;
  readonly #selector: TokenSelector;

  /** @param price - what one token must be worth, cells × frames */
  constructor(ladder: Ladder, channels: number, layout: LayoutName, price: number) {
    this.policy = `fidelity-${layout}`;
    this.setting = price;
    this.#selector = new TokenSelector(ladder, channels, layout, fidelitySpending(price));
    this.side = this.#selector.grid.side;
    if (layout === 'uniform') this.levels = [];
  }

  /** See {@link Contender.held}. */
  get held(): Float32Array {
    return this.#selector.grid.held;
  }

  /** See {@link Contender.take}. */
  take({ still, moment, seenAt }: AnalysedFrame): number {
    const selector = this.#selector;
    this.positions = (still ? selector.rest(moment) : selector.select(seenAt(this.side), moment)) ?? NOTHING;
    selector.received(this.positions, selector.tokensAt(this.positions));
    this.levels?.push(levelOf(this.positions[0] ?? 0));
    return Math.max(1, this.positions.length);
  }
}
