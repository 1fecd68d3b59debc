/** Longer edge of a picture of {@link FULL_TOKENS}, pixels; what most vision models look at in one piece. */
export const PICTURE_EDGE = 384;

/** Tokens that {@link PICTURE_EDGE} stands for: 144 is M3's finest scale but one, and the default ceiling. */
const FULL_TOKENS = 144;

/** Nothing is to be seen in a smaller picture, pixels. */
const LEAST_EDGE = 64;

/** Width and height, pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/**
 * The ladder by resolution: a picture's edge grows as the root of its tokens, as a token grid's does. 144 tokens are 384
 * pixels, 36 are 192, 9 are 96; 1 would be 32 and is 64, the least.
 * @param tokens - of one scale, ≥ 1
 * @param edge - pixels at 144 tokens
 * @returns longer edge, pixels
 */
export function edgeOf(tokens: number, edge = PICTURE_EDGE): number {
  return Math.max(LEAST_EDGE, Math.round(edge * Math.sqrt(tokens / FULL_TOKENS)));
}

/**
 * The largest size of that shape whose longer edge is at most `edge`.
 * @param shape - only the ratio counts
 */
export function fitInto({ width, height }: PixelSize, edge: number): PixelSize {
  const scale = edge / Math.max(width, height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
