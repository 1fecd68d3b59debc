import type { Ladder } from '../media/token-scale.ts';
import { FeatureResidual, PERSISTENCE } from './feature-residual.ts';
import type { Persistence } from './feature-residual.ts';
import { wholeCells } from './whole-cells.ts';
import type { Layout, LayoutName } from './layout.ts';
import { blockMean } from './pool.ts';
import { ReceiverGrid } from './receiver-grid.ts';
import { stricter } from './scale-policy.ts';
import { cellOf, levelOf, scaleTree } from './scale-tree.ts';
import type { Moment, SpendingRule } from './spending.ts';
import { TreeLayout } from './tree-layout.ts';
import { UniformLayout } from './uniform-layout.ts';

/**
 * Chooses the tokens of each frame of one stream from its features: what is left to say (`FeatureResidual`), what it
 * may cost (`SpendingRule`), in which shape (`Layout`). Call `select` or `rest` once a frame, and `received` with the
 * tokens as the wire carries them before the next one: the loop closes over what the receiver really holds.
 * Allocates no array per frame but the tokens.
 */
export class TokenSelector {
  /** What the receiver holds. */
  readonly grid: ReceiverGrid;
  readonly layoutName: LayoutName;
  readonly channels: number;
  /** Tokens of each level, coarsest first. */
  readonly scales: readonly number[];
  readonly #residual: FeatureResidual;
  readonly #layout: Layout;
  readonly #rule: SpendingRule;
  readonly #sides: readonly number[];
  readonly #forget: (cell: number, delta: Float32Array) => void;
  #newest: Float32Array | undefined;

  /**
   * @param channels - of the features
   * @param ignored - cells of the patch grid, `[gridSide²]`: 1 where nothing is worth a token
   * @param tuning - for the bench, which tries other constants than those that ship
   */
  constructor(
    ladder: Ladder,
    channels: number,
    layout: LayoutName,
    rule: SpendingRule,
    ignored?: Uint8Array,
    tuning: Persistence = PERSISTENCE,
  ) {
    const tree = scaleTree(ladder);
    this.layoutName = layout;
    this.grid = new ReceiverGrid(ladder, channels);
    this.#residual = new FeatureResidual(ladder, tree, channels, tuning, ignored && wholeCells(ladder, ignored));
    this.#layout = layout === 'tree' ? new TreeLayout(tree) : new UniformLayout(ladder);
    this.#rule = rule;
    this.channels = channels;
    this.scales = tree.sizes;
    this.#sides = ladder.scales.map((scale) => scale.side);
    this.#forget = (cell, delta) => this.#residual.sent(cell, delta);
  }

  /**
   * The positions of the tokens to send of a frame that was encoded; at least one. A view, valid until the next call.
   * @param features - `[cells, channels]` at the ladder's finest scale; kept until the next call, read only
   */
  select(features: Float32Array, moment: Moment): Int32Array {
    this.#newest = features;
    this.#residual.spread.learn(features);
    return this.#choose(features, moment, Infinity);
  }

  /**
   * A frame that the encoder did not see, because nothing changed: the tree goes on with the one token that still says
   * most about the newest frame that it saw. `undefined` in the uniform layout, where such a frame says nothing new, and
   * before the first frame.
   */
  rest(moment: Moment): Int32Array | undefined {
    if (this.#newest !== undefined && this.layoutName === 'tree') return this.#choose(this.#newest, moment, 1);
    this.#rule.allow(moment);
    return undefined;
  }

  /**
   * The tokens at these positions, block means of the newest features.
   * @returns `[positions, channels]`, owned by the caller
   */
  tokensAt(positions: Int32Array): Float32Array<ArrayBuffer> {
    const { channels } = this;
    const out = new Float32Array(positions.length * channels);
    for (let i = 0; i < positions.length; i++) {
      const side = this.#sides[levelOf(positions[i]!)]!;
      blockMean(this.#newest!, this.grid.side, side, cellOf(positions[i]!), channels, out, i * channels);
    }
    return out;
  }

  /**
   * The frame went out.
   * @param positions - of its tokens; empty for a hold
   * @param tokens - `[positions, channels]` as a receiver reads them from the wire
   */
  received(positions: Int32Array, tokens: Float32Array): void {
    for (let i = 0; i < positions.length; i++) {
      this.grid.receive(positions[i]!, tokens, i * this.channels, this.#forget);
    }
    this.#rule.spent(Math.max(1, positions.length));
  }

  #choose(features: Float32Array, moment: Moment, limit: number): Int32Array {
    this.#residual.observe(features, this.grid.held, moment.scene);
    const allowance = this.#rule.allow(moment);
    const price = allowance.price * (moment.scene ? 1 : stricter(moment.pressure ?? 0));
    const most = Math.max(1, Math.min(limit, allowance.most));
    return this.#layout.choose(this.#residual, { ...allowance, price, most });
  }
}
