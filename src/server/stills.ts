import sharp from 'sharp';
import type { Still, StillSlot } from '../operators/take-stills.ts';

/** Longer edge of a still, pixels. */
const EDGE = 384;

const QUALITY = 70;

/** A still, ready to be sent. */
export interface StillPicture {
  readonly still: Still;
  /** Owned by the store: never written to. */
  readonly jpeg: Buffer;
}

/** JPEGs of the newest stills: one for each stream, made once for however many ask. */
export class StillPictures {
  readonly #pictures = new WeakMap<StillSlot, { readonly still: Still; readonly picture: Promise<StillPicture> }>();

  /**
   * The picture of a stream as it is now, at most 384 × 384 pixels: the square that the encoder sees.
   * @returns undefined where no frame has come since somebody first asked
   */
  async of(slot: StillSlot, signal: AbortSignal): Promise<StillPicture | undefined> {
    const still = await slot.ask(signal);
    if (!still) return undefined;
    const made = this.#pictures.get(slot);
    if (made?.still === still) return made.picture;
    const picture = makePicture(still);
    this.#pictures.set(slot, { still, picture });
    return picture;
  }
}

async function makePicture(still: Still): Promise<StillPicture> {
  const { rgb, side } = still;
  const jpeg = await sharp(rgb, { raw: { width: side, height: side, channels: 3 } })
    .resize(EDGE, EDGE, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: QUALITY })
    .toBuffer();
  return { still, jpeg };
}
