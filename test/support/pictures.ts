import type { Frame } from '#dist/media/frame.js';

export type Rgb = readonly [number, number, number];

export const red: Rgb = [220, 40, 40];
export const green: Rgb = [40, 200, 60];
export const blue: Rgb = [50, 60, 220];
export const white: Rgb = [230, 230, 230];

/** An RGB24 picture whose pixel at (x, y) is `colour(x, y)`, the coordinates as shares 0 … 1 of width and height. */
export function paint(width: number, height: number, colour: (x: number, y: number) => Rgb): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgb.set(colour((x + 0.5) / width, (y + 0.5) / height), (y * width + x) * 3);
  }
  return rgb;
}

/** Red, green / blue, white: tells every turn and flip. */
export function quadrants(x: number, y: number): Rgb {
  if (y < 0.5) return x < 0.5 ? red : green;
  return x < 0.5 ? blue : white;
}

/** The number of a picture as eight upright bars, the lowest bit leftmost; survives scaling and coding. */
export function barcode(index: number): (x: number) => Rgb {
  return (x) => (((index >> Math.floor(x * 8)) & 1) === 1 ? white : [20, 20, 20]);
}

/** The colour of a frame at a place given as shares of its width and height. */
export function pixel(frame: Frame, x: number, y: number): Rgb {
  const at = (Math.floor(y * frame.height) * frame.width + Math.floor(x * frame.width)) * 3;
  return [frame.data[at] ?? 0, frame.data[at + 1] ?? 0, frame.data[at + 2] ?? 0];
}

/** The number that {@link barcode} drew. */
export function readBarcode(frame: Frame): number {
  let index = 0;
  for (let bit = 0; bit < 8; bit++) if (pixel(frame, (bit + 0.5) / 8, 0.5)[1] > 125) index |= 1 << bit;
  return index;
}

/** The largest difference of the three channels. */
export function distance(a: Rgb, b: Rgb): number {
  return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]), Math.abs(a[2] - b[2]));
}

/** Mean absolute difference in grey levels. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / a.length;
}
