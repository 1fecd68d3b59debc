import type { DecodeTarget } from '../media/frame-source.ts';
import type { EncoderFacts } from '../media/vision-encoder.ts';

/**
 * The size and shape in which an encoder wants its frames.
 * @param fps - frames per second to keep at most, > 0; `native` keeps every frame
 */
export function decodeTarget(facts: EncoderFacts, fps: number | 'native'): DecodeTarget {
  const { inputSide: side, resize, resample = 'bicubic', padColor } = facts;
  return { side, resize, resample, padColor, fps };
}
