import { goneText } from './stamp-rule.ts';
import type { Slot } from './slot.ts';

/** Keeps account of frames that a window has let go, to say so. */
export class GoneFrames {
  #frames = 0;
  #fromS: number | undefined;
  #untilS = 0;
  #segment = -1;

  /** How many there are. */
  get frames(): number {
    return this.#frames;
  }

  /** Another one, or another merged one. */
  add({ frames, atS, untilS, segment }: Slot): void {
    this.#frames += frames;
    if (segment < this.#segment) return;
    if (segment > this.#segment) {
      this.#fromS = this.#segment < 0 ? atS : undefined;
      this.#untilS = untilS;
    }
    this.#segment = segment;
    if (this.#fromS !== undefined) this.#fromS = Math.min(this.#fromS, atS);
    this.#untilS = Math.max(this.#untilS, untilS);
  }

  /** For whoever reads the window; undefined where nothing is missing. */
  get text(): string | undefined {
    return this.#frames === 0 ? undefined : goneText(this.#frames, this.#fromS, this.#untilS);
  }
}
