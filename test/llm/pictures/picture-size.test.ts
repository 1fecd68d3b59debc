import { edgeOf, fitInto } from '#dist/llm/pictures/picture-size.js';
import { uprightPlan } from '#dist/llm/pictures/upright-picture.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('a picture shrinks as its token grid does, down to 64 pixels', () => {
  expect([576, 144, 36, 9, 1].map((tokens) => edgeOf(tokens))).toEqual([768, 384, 192, 96, 64]);
  expect([144, 36, 9, 1].map((tokens) => edgeOf(tokens, 768))).toEqual([768, 384, 192, 64]);
});

test('a size keeps its shape to the pixel, whatever it is', () => {
  const side = fc.integer({ min: 1, max: 8000 });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 64, max: 2048 }), (width, height, edge) => {
      const size = fitInto({ width, height }, edge);
      expect(Math.max(size.width, size.height)).toBe(edge);
      const exact = (edge * Math.min(width, height)) / Math.max(width, height);
      expect(Math.abs(Math.min(size.width, size.height) - Math.max(1, exact))).toBeLessThanOrEqual(1);
    }),
  );
});

test('padding is cut off, a stretched picture is drawn together, and what was cut away is not made up', () => {
  const wide = { width: 1920, height: 1080 };
  expect(uprightPlan(384, { ...wide, resize: 'pad' }, 384)).toEqual({
    crop: { left: 0, top: 84, width: 384, height: 216 },
    size: { width: 384, height: 216 },
  });
  expect(uprightPlan(384, { ...wide, resize: 'stretch' }, 192)).toEqual({
    crop: { left: 0, top: 0, width: 384, height: 384 },
    size: { width: 192, height: 108 },
  });
  expect(uprightPlan(384, { ...wide, resize: 'crop' }, 96).size).toEqual({ width: 96, height: 96 });
  const upright = { width: 1080, height: 1920, resize: 'pad' } as const;
  expect(uprightPlan(224, upright, 384).size).toEqual({ width: 126, height: 224 });
});

test('a crop lies in its square, for every shape', () => {
  const side = fc.integer({ min: 1, max: 8000 });
  const resize = fc.constantFrom('pad', 'crop', 'stretch');
  fc.assert(
    fc.property(side, side, resize, fc.integer({ min: 16, max: 1024 }), (width, height, mode, square) => {
      const { crop, size } = uprightPlan(square, { width, height, resize: mode }, 384);
      expect(Math.min(crop.left, crop.top)).toBeGreaterThanOrEqual(0);
      expect(Math.max(crop.left + crop.width, crop.top + crop.height)).toBeLessThanOrEqual(square);
      expect(Math.min(crop.width, crop.height, size.width, size.height)).toBeGreaterThanOrEqual(1);
    }),
  );
});
