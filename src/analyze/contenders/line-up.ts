import { ceiling } from '../../media/token-scale.ts';
import type { Ladder } from '../../media/token-scale.ts';
import type { EncoderFacts } from '../../media/vision-encoder.ts';
import { DEFAULT_PRICE } from '../../pipeline/choosers.ts';
import type { PipelineOptions } from '../../pipeline/pipeline-options.ts';
import { defaultLadder, makeLadder } from '../../scales/ladder.ts';
import { POSITION_STRIDE } from '../../scales/scale-tree.ts';
import type { Contender } from './contender.ts';
import { EveryKth } from './every-kth.ts';
import { FeatureContender } from './feature-contender.ts';
import { PixelContender } from './pixel-contender.ts';

/** Settings of the sweeps, from many tokens to few. Each holds the policy's default. */
export const SWEEPS = {
  everyKth: [1, 2, 3, 4, 6, 8, 12, 24],
  change: [50, 100, 200, 400, 800, 1600, 3200],
  features: [0.1875, 0.375, 0.75, 1.5, 3, 6, 12, 24],
} as const;

/** The ladders of an encoder's grid that an analysis looks at. */
export interface Ladders {
  /** Every scale, the grid itself included. */
  readonly whole: Ladder;
  /** The product's default, up to about 144 tokens. */
  readonly usual: Ladder;
  /** The finest that a tree may be cut from: positions on the wire end before 1,024. */
  readonly finest: Ladder;
}

/** See {@link Ladders}. */
export function laddersOf(gridSide: number): Ladders {
  const whole = defaultLadder(gridSide, gridSide ** 2);
  const tokens = whole.scales.map((scale) => scale.tokens).filter((count) => count <= POSITION_STRIDE);
  return { whole, usual: defaultLadder(gridSide), finest: makeLadder(gridSide, tokens) };
}

/** Who runs, and the one whose receiver the frames are measured against. */
export interface LineUp {
  /** `reference` among them. */
  readonly contenders: readonly Contender[];
  /** The tree at the default price, with every scale it may have: what a receiver holds that may hold everything. */
  readonly reference: FeatureContender;
}

/** Fresh contenders for one clip. */
export function lineUp(
  { usual, finest }: Ladders,
  { inputSide, channels }: Pick<EncoderFacts, 'inputSide' | 'channels'>,
  options: Pick<PipelineOptions, 'refreshS' | 'hysteresis' | 'minSceneS'>,
): LineUp {
  const tree = (ladder: Ladder): FeatureContender[] =>
    SWEEPS.features.map((price) => new FeatureContender(ladder, channels, 'tree', price));
  const trees = tree(finest);
  const reference = trees[SWEEPS.features.indexOf(DEFAULT_PRICE.features)];
  if (!reference) throw new RangeError('The sweep lacks the default price.');
  const contenders = [
    ...SWEEPS.everyKth.map((k) => new EveryKth(k, ceiling(usual), channels)),
    ...SWEEPS.change.map((price) => new PixelContender(usual, channels, { ...options, price, frameSide: inputSide })),
    ...SWEEPS.features.map((price) => new FeatureContender(usual, channels, 'uniform', price)),
    ...(ceiling(usual).side === ceiling(finest).side ? [] : tree(usual)),
    ...trees,
  ];
  return { contenders, reference };
}
