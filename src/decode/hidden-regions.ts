import type { Region } from '../media/region.ts';
import type { Rotation } from './display-matrix.ts';

/** Rectangles of one source at most: each costs a filter. */
export const hiddenAtMost = 32;

/** Where a rectangle of the upright picture lies in the coded one, which `rotation` brings upright. */
export function codedRegion({ x, y, width, height }: Region, rotation: Rotation): Region {
  switch (rotation) {
    case 0:
      return { x, y, width, height };
    case 90:
      return { x: y, y: 1 - x - width, width: height, height: width };
    case 180:
      return { x: 1 - x - width, y: 1 - y - height, width, height };
    case 270:
      return { x: 1 - y - height, y: x, width: height, height: width };
  }
}

/** From the pixel that holds the first edge to the one that holds the second, as libavfilter's expressions. */
function span(size: string, from: number, length: number): { start: string; extent: string } {
  const digits = (share: number): string => Math.min(1, Math.max(0, share)).toFixed(6);
  const start = `floor(${size}*${digits(from)})`;
  return { start, extent: `ceil(${size}*${digits(from + length)})-${start}` };
}

/**
 * The libavfilter steps that paint over rectangles of the upright picture, before it is scaled or turned. A pixel that
 * is covered in part is painted whole.
 * @param color - libavfilter's spelling
 */
export function hiding(regions: readonly Region[], rotation: Rotation, color: string): string[] {
  return regions
    .map((region) => codedRegion(region, rotation))
    .map((region) => {
      const across = span('iw', region.x, region.width);
      const down = span('ih', region.y, region.height);
      const box = `x='${across.start}':y='${down.start}':w='${across.extent}':h='${down.extent}'`;
      return `drawbox=${box}:color=${color}:t=fill`;
    });
}
