import type { FramenestError } from '../errors.ts';
import type { PatchGrid } from '../media/patch-grid.ts';
import type { EncoderFacts, VisionEncoder } from '../media/vision-encoder.ts';
import type { LaneEncoder } from './encoder-lanes.ts';
import type { TextTower } from './text-tower.ts';

/** A vision encoder with its text tower beside it. */
export class QueriedEncoder implements VisionEncoder {
  readonly facts: EncoderFacts;
  readonly device: string;
  /** See {@link VisionEncoder.failed}: of the vision encoder. */
  readonly failed: Promise<FramenestError>;
  /** See {@link VisionEncoder.queries}. */
  readonly queries: TextTower;
  readonly #vision: LaneEncoder;

  /** Both are disposed with this object. */
  constructor(vision: LaneEncoder, text: TextTower) {
    this.facts = vision.facts;
    this.device = vision.device;
    this.failed = vision.failed;
    this.queries = text;
    this.#vision = vision;
  }

  /** The vision encoder's. */
  get capacity(): number {
    return this.#vision.capacity;
  }

  /** See {@link VisionEncoder.encode}. */
  encode(rgb: Uint8Array<ArrayBuffer>, side?: number): Promise<PatchGrid> {
    return this.#vision.encode(rgb, side);
  }

  /** Disposes both. */
  async dispose(): Promise<void> {
    await Promise.all([this.#vision.dispose(), this.queries.dispose()]);
  }
}
