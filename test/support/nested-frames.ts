import type { EncodedFrame, NestedFrame } from '#dist/operators/records.js';
import type { TokenScale } from '#dist/media/token-scale.js';
import { score } from './change-score.ts';
import { paintedFrame } from './painted-source.ts';
import { solid } from './picture.ts';

const frame = (index: number, droppedBefore = 0) => paintedFrame(index, solid(4, [0, 0, 0]), { droppedBefore });

/** A frame whose features count up from `first`; held where there is no scale. */
export function encoded(index: number, scale: TokenScale | undefined, first = 0, side = 24): EncodedFrame {
  const data = Float32Array.from({ length: side ** 2 * 2 }, (_, i) => first + i);
  const features = scale && { side, channels: 2, data };
  const choice = { scale, reason: scale ? 'change' : 'still' } as const;
  return { frame: frame(index), change: score({ value: 0.5 }), choice, features };
}

/** A frame with these features; held, as one without change, where there are none. */
export function encodedFeatures(
  index: number,
  features: Float32Array<ArrayBuffer> | undefined,
  side: number,
  first = index === 0,
): EncodedFrame {
  return {
    frame: frame(index),
    change: score({ first }),
    choice: { scale: features && { level: 0, side, tokens: side ** 2 }, reason: features ? 'change' : 'still' },
    features: features && { side, channels: features.length / side ** 2, data: features },
  };
}

/** A frame with its tokens, two channels each. */
export function nested(
  index: number,
  tokens: number[],
  part: Partial<NestedFrame> & { dropped?: number } = {},
): NestedFrame {
  const { dropped = 0, ...rest } = part;
  const side = Math.sqrt(tokens.length / 2);
  return {
    frame: frame(index, dropped),
    change: score({ value: 0.25 }),
    choice: { scale: { level: 0, side, tokens: side ** 2 }, reason: 'change' },
    kind: 'uniform',
    scale: side ** 2,
    channels: 2,
    tokens: Float32Array.from(tokens),
    ...rest,
  };
}
