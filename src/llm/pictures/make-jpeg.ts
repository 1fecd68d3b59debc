import type { PixelSize } from './picture-size.ts';
import type { UprightPlan } from './upright-picture.ts';

/** JPEG's scale of 1 … 100: finer than what a vision model's patches resolve, at a fifth of the bytes of 100. */
const JPEG_QUALITY = 80;

/** A picture, coded. */
export interface Jpeg extends PixelSize {
  readonly jpeg: Uint8Array;
}

/**
 * Codes a square off the main thread.
 * @param rgb - RGB24, `side * side * 3` bytes; lent until the promise settles
 */
export async function jpegOfSquare(
  rgb: Uint8Array,
  side: number,
  { crop, size }: UprightPlan,
  quality = JPEG_QUALITY,
): Promise<Jpeg> {
  const { default: sharp } = await import('sharp');
  const picture = sharp(rgb, { raw: { width: side, height: side, channels: 3 } }).extract(crop);
  const jpeg = await picture
    .resize({ ...size, fit: 'fill' })
    .jpeg({ quality })
    .toBuffer();
  return { jpeg, ...size };
}

/** The same of a square that is a JPEG already. Rejects where it is none, or above 4 megapixels. */
export async function jpegOfJpeg(
  square: Uint8Array,
  plan: (side: number) => UprightPlan,
  quality = JPEG_QUALITY,
): Promise<Jpeg> {
  const { default: sharp } = await import('sharp');
  const picture = sharp(square, { limitInputPixels: 1 << 22 });
  const { width } = await picture.metadata();
  const { crop, size } = plan(width);
  const jpeg = await picture
    .extract(crop)
    .resize({ ...size, fit: 'fill' })
    .jpeg({ quality })
    .toBuffer();
  return { jpeg, ...size };
}

/** A JPEG of ours made smaller. */
export async function smallerJpeg(jpeg: Uint8Array, size: PixelSize, quality = JPEG_QUALITY): Promise<Jpeg> {
  const { default: sharp } = await import('sharp');
  const smaller = await sharp(jpeg)
    .resize({ ...size, fit: 'fill' })
    .jpeg({ quality })
    .toBuffer();
  return { jpeg: smaller, ...size };
}
