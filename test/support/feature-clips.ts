import { Random } from './random.ts';

/** What a clip of features does. */
export interface FeatureClip {
  readonly seed: number;
  readonly frames: number;
  /** Rows, and columns, of the grid. */
  readonly side: number;
  readonly channels: number;
  /** Standard deviation of what every value changes by from frame to frame, beside the noise-free scene's 1. */
  readonly noise?: number;
  /** A block of a quarter of the side that wanders over the scene. */
  readonly moving?: boolean;
  /** Every so many frames the scene is another one; never by default. */
  readonly cutEvery?: number;
}

/**
 * Features of a clip that never was, `[side², channels]` for every frame: a scene, what moves before it, and noise. The
 * channels are of very different size, as those of real encoders are.
 */
export function featureClip(clip: FeatureClip): Float32Array<ArrayBuffer>[] {
  const { seed, frames, side, channels, noise = 0, moving = false, cutEvery = Infinity } = clip;
  const random = new Random(seed);
  const sizes = Array.from({ length: channels }, (_, c) => 10 ** ((c % 4) - 1));
  const paint = (): Float32Array<ArrayBuffer> =>
    random.grid(side ** 2 * channels).map((v, i) => v * sizes[i % channels]!);
  const block = Math.max(1, Math.floor(side / 4));
  const actor = random.grid(channels).map((v, c) => 3 * v * sizes[c]!);
  let scene = paint();
  return Array.from({ length: frames }, (_, index) => {
    if (index > 0 && index % cutEvery === 0) scene = paint();
    const out = noise === 0 ? scene.slice() : scene.map((v, i) => v + noise * sizes[i % channels]! * random.gaussian());
    if (!moving) return out;
    for (let i = 0; i < block ** 2; i++) {
      const row = (index + Math.floor(i / block)) % side;
      const column = (2 * index + (i % block)) % side;
      out.set(actor, (row * side + column) * channels);
    }
    return out;
  });
}
