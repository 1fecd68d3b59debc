import { defer, map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { PatchGrid } from '../media/patch-grid.ts';
import type { TokenScale } from '../media/token-scale.ts';
import { pool } from '../scales/pool.ts';
import type { EncodedFrame, NestedFrame } from './records.ts';

/**
 * Makes the tokens: the block means of the chosen scale. A held frame becomes one token, the mean of what the receiver
 * holds: sent at one scale after another, that is always the mean of the tokens sent last.
 */
export function nest(): OperatorFunction<EncodedFrame, NestedFrame> {
  return (source) =>
    defer(() => {
      let last: PatchGrid = { side: 1, channels: 0, data: new Float32Array(0) };
      return source.pipe(
        map(({ features, ...scaled }): NestedFrame => {
          const { scale } = scaled.choice;
          if (scale === undefined || features === undefined) {
            last = meanOf(last);
            return { ...scaled, kind: 'hold', channels: last.channels, scale: 1, tokens: last.data };
          }
          const tokens = tokensOf(features, scale);
          last = { side: scale.side, channels: features.channels, data: tokens };
          return { ...scaled, kind: 'uniform', channels: features.channels, scale: scale.tokens, tokens };
        }),
      );
    });
}

/** `[scale.tokens, channels]`. The grid itself where the scale is the grid. */
function tokensOf(features: PatchGrid, scale: TokenScale): Float32Array<ArrayBuffer> {
  if (scale.side === features.side) return features.data;
  const out = new Float32Array(scale.tokens * features.channels);
  return pool(features.data, features.side, scale.side, features.channels, out);
}

/** One cell: the mean of all. Taken only when it is needed. */
function meanOf(grid: PatchGrid): PatchGrid {
  if (grid.side === 1) return grid;
  const { side, channels, data } = grid;
  return { side: 1, channels, data: pool(data, side, 1, channels, new Float32Array(channels)) };
}
