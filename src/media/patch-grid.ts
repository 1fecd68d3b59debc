/**
 * Features of one frame as the encoder gives them, or block means of them: `[side * side, channels]`, row-major, float32.
 * Owned by whoever holds the object; the encoder keeps no reference.
 */
export interface PatchGrid {
  readonly side: number;
  readonly channels: number;
  readonly data: Float32Array<ArrayBuffer>;
}
