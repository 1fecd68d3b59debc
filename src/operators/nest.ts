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
      let held = new Float32Array(0);
      return source.pipe(
        map(({ features, ...scaled }): NestedFrame => {
          const { scale } = scaled.choice;
          if (scale === undefined || features === undefined) {
            return { ...scaled, kind: 'hold', channels: held.length, tokens: held };
          }
          const tokens = tokensOf(features, scale);
          held = pool(tokens, scale.side, 1, features.channels, new Float32Array(features.channels));
          return { ...scaled, kind: 'uniform', channels: features.channels, tokens };
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
