import type { FramenestError } from '../errors.ts';
import type { PatchGrid } from '../media/patch-grid.ts';
import type { EncoderFacts, VisionEncoder } from '../media/vision-encoder.ts';

/** An encoder that can be one of several: it tells what it can make use of, and when it has given up. */
export type LaneEncoder = VisionEncoder & Required<Pick<VisionEncoder, 'capacity' | 'failed'>>;

interface Lane {
  readonly encoder: LaneEncoder;
  /** Frames given to it and not yet back. */
  busy: number;
}

/**
 * Several encoders of the same model behind one port, each with its own thread. On a CPU two runs side by side on half
 * of the cores each get more done than one run on all of them: no core waits at the end of an operator, and the frames'
 * own preparation fits in between.
 *
 * A lane that gives up gets no more frames. It would have the fewest always, and fail them all.
 */
export class EncoderLanes implements VisionEncoder {
  readonly facts: EncoderFacts;
  readonly device: string;
  /** See {@link VisionEncoder.failed}: the last lane has given up. */
  readonly failed: Promise<FramenestError>;
  readonly #encoders: readonly LaneEncoder[];
  #lanes: readonly Lane[];

  /** @param encoders - at least one; all of the same facts and device; disposed with this object */
  constructor(encoders: readonly [LaneEncoder, ...LaneEncoder[]]) {
    this.facts = encoders[0].facts;
    this.device = encoders[0].device;
    this.#encoders = encoders;
    this.#lanes = encoders.map((encoder) => ({ encoder, busy: 0 }));
    this.failed = new Promise((resolve) => {
      for (const lane of this.#lanes)
        void lane.encoder.failed.then((reason) => this.#lost(lane, () => resolve(reason)));
    });
  }

  /** That of the lanes that have not given up, together. */
  get capacity(): number {
    return this.#lanes.reduce((sum, { encoder }) => sum + encoder.capacity, 0);
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
    await Promise.all(this.#encoders.map((encoder) => encoder.dispose()));
  }

  /** The last one stays: its error is the answer to every further call. */
  #lost(lane: Lane, last: () => void): void {
    if (this.#lanes.length === 1) last();
    else this.#lanes = this.#lanes.filter((other) => other !== lane);
  }
}
