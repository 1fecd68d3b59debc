/** A rectangle of the upright picture, as shares of its width and height: all 0 … 1, `x + width` and `y + height` ≤ 1. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
