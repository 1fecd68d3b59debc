import { toSquare } from '../../change/square-region.ts';
import type { SquareGeometry } from '../../change/square-region.ts';
import { fitInto } from './picture-size.ts';
import type { PixelSize } from './picture-size.ts';

/** How the square that a decoder made becomes a picture of the right shape. */
export interface UprightPlan {
  /** What of the square is kept, whole pixels. */
  readonly crop: PixelSize & { readonly left: number; readonly top: number };
  /** What it is resized to then. */
  readonly size: PixelSize;
}

/**
 * Takes a decoder's square back to the shape of its source: padding is cut off, a stretched picture is drawn together. What
 * `crop` cut away stays lost.
 * @param side - of the square, pixels
 * @param edge - of the picture's longer edge, pixels; never above what the square has of it
 */
export function uprightPlan(side: number, geometry: SquareGeometry, edge: number): UprightPlan {
  const part = toSquare({ x: 0, y: 0, width: 1, height: 1 }, geometry);
  const left = Math.round(part.x * side);
  const top = Math.round(part.y * side);
  const crop = {
    left,
    top,
    width: Math.max(1, Math.round((part.x + part.width) * side) - left),
    height: Math.max(1, Math.round((part.y + part.height) * side) - top),
  };
  const shape = geometry.resize === 'stretch' ? geometry : crop;
  return { crop, size: fitInto(shape, Math.min(edge, Math.max(crop.width, crop.height))) };
}
