/** Clockwise turn, in degrees, that brings the coded picture upright. */
export type Rotation = 0 | 90 | 180 | 270;

/** Any angle in degrees, clockwise, to the nearest quarter turn. */
export function quarterTurn(degrees: number): Rotation {
  const quarters = ((Math.round(degrees / 90) % 4) + 4) % 4;
  return ([0, 90, 180, 270] as const)[quarters] ?? 0;
}

/** Clockwise degrees of a display matrix: nine little-endian int32 as FFmpeg stores them; 0 where it is too short. */
export function matrixDegrees(matrix: Buffer): number {
  if (matrix.length < 36) return 0;
  const at = (i: number): number => matrix.readInt32LE(i * 4);
  const across = Math.hypot(at(0), at(3));
  const down = Math.hypot(at(1), at(4));
  return across === 0 || down === 0 ? 0 : (Math.atan2(at(1) / down, at(0) / across) * 180) / Math.PI;
}

/** The display matrix of a turn, the inverse of {@link matrixDegrees}: 16.16 fixed point, the last entry 2.30. */
export function matrixOf(rotation: Rotation): Buffer {
  const cos = [1, 0, -1, 0][rotation / 90] ?? 1;
  const sin = [0, 1, 0, -1][rotation / 90] ?? 0;
  const matrix = Buffer.alloc(36);
  [cos, sin, 0, -sin, cos].forEach((entry, i) => matrix.writeInt32LE(entry * 65536, i * 4));
  matrix.writeInt32LE(2 ** 30, 32);
  return matrix;
}
