import type { OperatorFunction } from 'rxjs';
import { mapOrdered } from '../flow/map-ordered.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Frame } from '../media/frame.ts';
import type { PatchGrid } from '../media/patch-grid.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import type { EncodedFrame, ScaledFrame } from './records.ts';

/** Where the pixels of frames come from, and where they go back to. */
export type FramePixels = Pick<FrameSource, 'picture' | 'recycle'>;

/**
 * Runs the vision encoder on every frame that is not held, on the better picture of it where its source has one. Held
 * frames pass without a run; of the others the encoder gives back no more than the scale needs. Up to `concurrency` frames
 * at once, so that the encoder can batch them; out in order.
 * @param pixels - gets every frame's pixels back when nobody needs them any more
 */
export function encode(
  encoder: VisionEncoder,
  concurrency: number,
  pixels: FramePixels = { recycle: () => undefined },
): OperatorFunction<ScaledFrame, EncodedFrame> {
  return mapOrdered(async (scaled) => {
    const { frame, choice } = scaled;
    const features = choice.scale && (await run(encoder, frame, choice.scale.side, pixels));
    pixels.recycle(frame.data);
    return { ...scaled, features };
  }, concurrency);
}

async function run(encoder: VisionEncoder, frame: Frame, side: number, pixels: FramePixels): Promise<PatchGrid> {
  const picture = await pixels.picture?.(frame);
  const features = await encoder.encode(picture ?? frame.data, side);
  if (picture && picture !== frame.data) pixels.recycle(picture);
  return features;
}
