import type { QueryRelevance } from '../media/query-reader.ts';
import { FramenestError } from '../errors.ts';
import type { TokenDtype } from '../media/packet.ts';
import type { LayoutName } from '../scales/layout.ts';
import { PacketView } from './packet-view.ts';
import type { ViewChange, ViewGeometry } from './packet-view.ts';
import { QueryView } from './query-view.ts';

/** What a subscriber wants of a stream, as `subscribe` says it. */
export interface ViewOptions {
  /** Most tokens of a scale, one of the stream's ladder. Default: its finest. */
  readonly maxScale?: number | undefined;
  /** `uniform`: every frame whole, at one scale. `tree`: as the stream has it (default). */
  readonly layout?: LayoutName | undefined;
  /** Number format of the tokens. Default: the stream's own. */
  readonly dtype?: TokenDtype | undefined;
  /** `false`: without the values of the tokens. Default: with them. */
  readonly values?: boolean | undefined;
  /**
   * A standing question: of each frame the cells that have to do with it, and those that stand out, come at the finest
   * scale, all else as coarse as it can be. Not with `layout: 'uniform'`.
   */
  readonly query?: QueryRelevance | undefined;
}

/**
 * The view that these options ask for; `undefined` where the stream's packets are what they ask for.
 * @throws FramenestError OPTION_INVALID where `maxScale` is no scale of the ladder, or a query is to have whole frames
 */
export function viewOf(options: ViewOptions, geometry: ViewGeometry): PacketView | undefined {
  const { layout, dtype, values = true, query } = options;
  const change: ViewChange = {
    levels: levelsWithin(options.maxScale, geometry.ladder),
    whole: layout === 'uniform' && geometry.layout !== 'uniform',
    dtype: values && dtype !== geometry.dtype ? dtype : undefined,
    values,
  };
  if (query && layout === 'uniform') throw wholeAnswer();
  if (query) return new QueryView(geometry, change, query);
  return changesNothing(change, geometry) ? undefined : new PacketView(geometry, change);
}

/** The view that shows every packet as it is: for key packets, and for ceilings, of who wants no other. */
export function wholeView(geometry: ViewGeometry): PacketView {
  return new PacketView(geometry, { levels: geometry.ladder.length, whole: false, dtype: undefined, values: true });
}

function changesNothing({ levels, whole, dtype, values }: ViewChange, { ladder }: ViewGeometry): boolean {
  return values && levels === ladder.length && !whole && dtype === undefined;
}

function wholeAnswer(): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what: 'A query asks for frames that are fine in places, and the layout "uniform" for frames at one scale.',
    mend: 'Leave out one of the two, or take the layout "tree".',
  });
}

function levelsWithin(maxScale: number | undefined, ladder: readonly number[]): number {
  if (maxScale === undefined) return ladder.length;
  const level = ladder.indexOf(maxScale);
  if (level >= 0) return level + 1;
  throw new FramenestError('OPTION_INVALID', {
    what: `maxScale is ${maxScale}, which is no scale of the stream.`,
    mend: `Choose one of its ladder: ${ladder.join(', ')}.`,
  });
}
