import { FilmRoll } from '#dist/analyze/film-roll.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('a roll of any clip holds no more than its bound, at least half of it, evenly, from the first frame on', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 2, max: 24 }), (frames, most) => {
      const roll = new FilmRoll(most);
      for (let index = 0; index < frames; index++) {
        roll.offer({ index, rgb: Uint8Array.of(index % 256), positions: Int32Array.of(index) });
        expect(roll.frames.length).toBeLessThanOrEqual(most);
      }
      const kept = roll.frames.map((frame) => frame.index);
      const step = (kept[1] ?? 1) - kept[0]!;
      expect(kept).toEqual(Array.from({ length: Math.ceil(frames / step) }, (_, i) => i * step));
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(frames, Math.floor(most / 2)));
    }),
  );
});

test('a roll keeps copies: the caller may write its buffers anew', () => {
  const roll = new FilmRoll(2);
  const rgb = Uint8Array.of(1, 2, 3);
  const positions = Int32Array.of(7);
  roll.offer({ index: 0, rgb, positions });
  rgb.fill(0);
  positions.fill(0);
  expect(roll.frames[0]).toEqual({ index: 0, rgb: Uint8Array.of(1, 2, 3), positions: Int32Array.of(7) });
});
