import type { OperatorFunction } from 'rxjs';
import { mapOrdered } from '../flow/map-ordered.ts';
import type { Frame } from '../media/frame.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import type { EncodedFrame, ScaledFrame } from './records.ts';

/**
 * Runs the vision encoder on every frame that is not held. Held frames pass without a run; of the others the encoder gives back no more than the scale needs. Up to `concurrency` frames at once,
 * so that the encoder can batch them; out in order.
 * @param recycle - called with the frame's pixels when nobody needs them any more
 */
export function encode(
  encoder: VisionEncoder,
  concurrency: number,
  recycle: (data: Frame['data']) => void = () => undefined,
): OperatorFunction<ScaledFrame, EncodedFrame> {
  return mapOrdered(async (scaled) => {
    const { frame, choice } = scaled;
    const features = choice.scale && (await encoder.encode(frame.data, choice.scale.side));
    recycle(frame.data);
    return { ...scaled, features };
  }, concurrency);
}
