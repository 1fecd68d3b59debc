import { describe, expect, it } from 'vitest';
import { matrixDegrees, matrixOf, quarterTurn } from '#dist/decode/display-matrix.js';

describe('the display matrix', () => {
  it.each([0, 90, 180, 270] as const)('keeps a turn of %d degrees', (rotation) => {
    expect(quarterTurn(matrixDegrees(matrixOf(rotation)))).toBe(rotation);
  });

  it('of a phone held upright (0 1 0 / -1 0 0 / 0 0 1) is a quarter turn clockwise', () => {
    const matrix = Buffer.alloc(36);
    [0, 65536, 0, -65536, 0, 0, 0, 0, 2 ** 30].forEach((n, i) => matrix.writeInt32LE(n, i * 4));
    expect(matrixDegrees(matrix)).toBe(90);
  });

  it('that is cut short or empty turns nothing', () => {
    expect(matrixDegrees(Buffer.alloc(8))).toBe(0);
    expect(matrixDegrees(Buffer.alloc(36))).toBe(0);
  });
});

describe('quarterTurn', () => {
  it.each([
    [-90, 270],
    [450, 90],
    [89.4, 90],
    [-0.2, 0],
    [-180, 180],
  ])('takes %d degrees for %d', (degrees, turn) => {
    expect(quarterTurn(degrees)).toBe(turn);
  });
});
