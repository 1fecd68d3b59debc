import type { OperatorFunction } from 'rxjs';
import { mapOrdered } from '../flow/map-ordered.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import type { EncodedFrame, ScaledFrame } from './records.ts';

/**
 * Runs the vision encoder on every frame that is not held; the frame's pixels move to the encoder. Held frames pass
 * without a run; of the others the encoder gives back no more than the scale needs. Up to `concurrency` frames at once,
 * so that the encoder can batch them; out in order.
 */
export function encode(encoder: VisionEncoder, concurrency: number): OperatorFunction<ScaledFrame, EncodedFrame> {
  return mapOrdered(
    async (scaled) => ({
      ...scaled,
      features: scaled.choice.scale && (await encoder.encode(scaled.frame.data, scaled.choice.scale.side)),
    }),
    concurrency,
  );
}
