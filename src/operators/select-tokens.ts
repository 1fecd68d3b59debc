import { map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { TokenDtype } from '../media/packet.ts';
import { seconds } from '../media/timebase.ts';
import { pool } from '../scales/pool.ts';
import { levelOf } from '../scales/scale-tree.ts';
import type { Moment } from '../scales/spending.ts';
import type { TokenSelector } from '../scales/token-selector.ts';
import { dequantize, quantize } from '../wire/quantize.ts';
import type { EncodedFrame, NestedFrame } from './records.ts';

/**
 * Makes the tokens where features decide: those that are worth their price, at the scale or in the cut of the tree that
 * says most, against what the receiver really holds, rounding to `dtype` included.
 * @param selector - with the state of one stream, for one subscription; the finest scale of its ladder is the grid that
 * the encoder gives back
 */
export function selectTokens(selector: TokenSelector, dtype: TokenDtype): OperatorFunction<EncodedFrame, NestedFrame> {
  return map((encoded) => select(selector, dtype, encoded));
}

/** The positions that a selector wants of a frame, encoded or held; see {@link TokenSelector.select}, {@link TokenSelector.rest}. */
export function positionsOf(
  selector: TokenSelector,
  { frame, change, features, pressure = 0 }: EncodedFrame,
): Int32Array | undefined {
  const moment: Moment = { timeS: seconds(frame.pts, frame.timebase), scene: change.first || change.cut, pressure };
  return features ? selector.select(features.data, moment) : selector.rest(moment);
}

function select(selector: TokenSelector, dtype: TokenDtype, encoded: EncodedFrame): NestedFrame {
  const { features, ...scaled } = encoded;
  const positions = positionsOf(selector, encoded);
  const { channels, layoutName } = selector;
  if (!positions) {
    const { held, side } = selector.grid;
    selector.received(new Int32Array(0), held);
    return {
      ...scaled,
      kind: 'hold',
      channels,
      scale: 1,
      tokens: pool(held, side, 1, channels, new Float32Array(channels)),
    };
  }
  const wire = quantize(selector.tokensAt(positions), channels, dtype);
  const tokens = dequantize(wire.bytes, channels, dtype, wire.scale);
  selector.received(positions, tokens);
  const kind = !features ? 'hold' : layoutName;
  const scale = selector.scales[finestLevel(positions)] ?? 1;
  return {
    ...scaled,
    kind,
    channels,
    tokens,
    wire,
    scale: kind === 'hold' ? 1 : scale,
    ...(layoutName === 'tree' && { position: positions.slice() }),
  };
}

function finestLevel(positions: Int32Array): number {
  let finest = 0;
  for (const position of positions) finest = Math.max(finest, levelOf(position));
  return finest;
}
