import { pool } from '../../scales/pool.ts';
import type { TokenContent } from '../window-frame.ts';
import type { Aging, CountedContent } from './aging.ts';

/**
 * Frames as tokens: block means, as the ladder was made (M3, arXiv 2405.17430, section 3.1), and for merged frames the
 * mean over time, each content weighted by its frames. Every result is float32 in an array of its own.
 */
export const tokenAging: Aging<TokenContent> = {
  coarser({ values, channels }, fromTokens, toTokens) {
    if (values.length !== fromTokens * channels) {
      throw new RangeError(`${values.length} values are not ${fromTokens} tokens of ${channels} channels.`);
    }
    const out = new Float32Array(toTokens * channels);
    return { values: pool(values, Math.sqrt(fromTokens), Math.sqrt(toTokens), channels, out), channels };
  },
  merge(contents) {
    const { channels, length } = sameShape(contents);
    const sum = new Float64Array(length);
    let total = 0;
    for (const { content, frames } of contents) {
      content.values.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + value * frames));
      total += frames;
    }
    return { values: Float32Array.from(sum, (value) => value / total), channels };
  },
};

function sameShape(contents: readonly CountedContent<TokenContent>[]): { channels: number; length: number } {
  const [first] = contents;
  const channels = first?.content.channels ?? 0;
  const length = first?.content.values.length ?? 0;
  if (contents.some(({ content }) => content.channels !== channels || content.values.length !== length)) {
    throw new RangeError('Frames of different shapes cannot be merged.');
  }
  return { channels, length };
}
