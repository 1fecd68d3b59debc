import type { Region } from '../media/region.ts';
import type { ResizeMode } from '../media/vision-encoder.ts';

/** How an upright picture lies in the square that the encoder sees. */
export interface SquareGeometry {
  readonly resize: ResizeMode;
  /** Of the upright picture as it is displayed, > 0; only the ratio to the height counts. */
  readonly width: number;
  readonly height: number;
}

/**
 * The part of the square that shows a region of the upright picture.
 * @returns shares of the square; width or height is 0 where the square shows nothing of it
 */
export function toSquare(region: Region, geometry: SquareGeometry): Region {
  const { x, y, width, height } = pictureInSquare(geometry);
  return clipped({
    x: x + region.x * width,
    y: y + region.y * height,
    width: region.width * width,
    height: region.height * height,
  });
}

/**
 * The region of the upright picture that a part of the square shows: the inverse of {@link toSquare}, padding cut off.
 * @param region - shares of the square, each 0 … 1
 * @returns shares of the picture; width or height is 0 where the part lies in the padding
 */
export function toPicture(region: Region, geometry: SquareGeometry): Region {
  const { x, y, width, height } = pictureInSquare(geometry);
  return clipped({
    x: (region.x - x) / width,
    y: (region.y - y) / height,
    width: region.width / width,
    height: region.height / height,
  });
}

/** Where the picture lies, in shares of the square: inside it with `pad`, beyond it with `crop`, centred both times. */
function pictureInSquare({ resize, width, height }: SquareGeometry): Region {
  const ratio = width / height;
  const side = (share: number): number =>
    resize === 'stretch' ? 1 : resize === 'pad' ? Math.min(1, share) : Math.max(1, share);
  const [across, down] = [side(ratio), side(1 / ratio)];
  return { x: (1 - across) / 2, y: (1 - down) / 2, width: across, height: down };
}

function clipped({ x, y, width, height }: Region): Region {
  const inside = (value: number): number => Math.max(0, Math.min(1, value));
  const [left, top] = [inside(x), inside(y)];
  return { x: left, y: top, width: inside(x + width) - left, height: inside(y + height) - top };
}
