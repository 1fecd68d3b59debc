import type { PatchGrid } from '../media/patch-grid.ts';
import type { EncoderFacts, VisionEncoder } from '../media/vision-encoder.ts';

interface Lane {
  readonly encoder: VisionEncoder;
  /** Frames given to it and not yet back. */
  busy: number;
}

/**
 * Several encoders of the same model behind one port, each with its own thread. On a CPU two runs side by side on half
 * of the cores each get more done than one run on all of them: no core waits at the end of an operator, and the frames'
 * own preparation fits in between.
 */
export class EncoderLanes implements VisionEncoder {
  readonly facts: EncoderFacts;
  readonly device: string;
  readonly #lanes: readonly Lane[];

  /** @param encoders - at least one; all of the same facts and device; disposed with this object */
  constructor(encoders: readonly [VisionEncoder, ...VisionEncoder[]]) {
    this.facts = encoders[0].facts;
    this.device = encoders[0].device;
    this.#lanes = encoders.map((encoder) => ({ encoder, busy: 0 }));
  }

  /** Goes to the lane with the fewest frames; see {@link VisionEncoder.encode}. */
  async encode(rgb: Uint8Array<ArrayBuffer>, side?: number): Promise<PatchGrid> {
    const lane = this.#lanes.reduce((a, b) => (b.busy < a.busy ? b : a));
    lane.busy++;
    try {
      return await lane.encoder.encode(rgb, side);
    } finally {
      lane.busy--;
    }
  }

  /** Disposes every lane. */
  async dispose(): Promise<void> {
    await Promise.all(this.#lanes.map(({ encoder }) => encoder.dispose()));
  }
}
