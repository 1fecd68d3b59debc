import { FramenestError } from '../errors.ts';
import type { TokenDtype } from '../media/packet.ts';
import type { LayoutName } from '../scales/layout.ts';
import { PacketView } from './packet-view.ts';
import type { ViewChange, ViewGeometry } from './packet-view.ts';

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
}

/**
 * The view that these options ask for; `undefined` where the stream's packets are what they ask for.
 * @throws FramenestError OPTION_INVALID where `maxScale` is no scale of the ladder
 */
export function viewOf(options: ViewOptions, geometry: ViewGeometry): PacketView | undefined {
  const { layout, dtype, values = true } = options;
  const change: ViewChange = {
    levels: levelsWithin(options.maxScale, geometry.ladder),
    whole: layout === 'uniform' && geometry.layout !== 'uniform',
    dtype: values && dtype !== geometry.dtype ? dtype : undefined,
    values,
  };
  const pooled = change.levels < geometry.ladder.length;
  if (values && !pooled && !change.whole && change.dtype === undefined) return undefined;
  return new PacketView(geometry, change);
}

/** The view that shows every packet as it is: for key packets, and for ceilings, of who wants no other. */
export function wholeView(geometry: ViewGeometry): PacketView {
  return new PacketView(geometry, { levels: geometry.ladder.length, whole: false, dtype: undefined, values: true });
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
