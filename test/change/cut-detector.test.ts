import { CutDetector } from '#dist/change/cut-detector.js';
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

const CELLS = 576;
const CHANNELS = 18;

/** A descriptor of a picture with content: every cell its own grey, plus a little noise. */
function descriptor(seed: number, light = 0): Float32Array {
  const random = new Random(seed);
  const out = new Float32Array(CELLS * CHANNELS);
  for (let cell = 0; cell < CELLS; cell++) {
    const grey = 60 + 100 * random.next();
    for (let c = 0; c < CHANNELS; c++) out[cell * CHANNELS + c] = grey + light + random.gaussian();
  }
  return out;
}

describe('the cut detector', () => {
  test('sees nothing where nothing changes', () => {
    const picture = descriptor(1);
    expect(new CutDetector(0).judge(picture, picture, CHANNELS, 0)).toEqual({ cut: false, flash: false });
  });

  test('flags a picture that has nothing to do with the one before', () => {
    const cuts = new CutDetector(0);
    expect(cuts.judge(descriptor(1), descriptor(2), CHANNELS, 0)).toEqual({ cut: true, flash: false });
  });

  test.each([10, 40, 90, -40])('takes a shift of light by %i grey levels for a flash, not for a cut', (by) => {
    const cuts = new CutDetector(0);
    expect(cuts.judge(descriptor(1), descriptor(1, by), CHANNELS, 0)).toEqual({ cut: false, flash: true });
  });

  test.each([0.04, 1, 30])('flags it however long ago that was: %d s', (gapS) => {
    const cuts = new CutDetector(0);
    cuts.judge(descriptor(1), descriptor(1), CHANNELS, 0);
    expect(cuts.judge(descriptor(1), descriptor(2), CHANNELS, gapS).cut).toBe(true);
  });

  test('does not take something small of high contrast for a cut', () => {
    const before = descriptor(1).map((value) => 100 + (value - 100) / 4);
    const now = before.slice();
    now.fill(255, 0, 0.05 * CELLS * CHANNELS);
    const cuts = new CutDetector(0);
    expect(cuts.judge(before, now, CHANNELS, 0)).toEqual({ cut: false, flash: false });
  });

  test('does not report a second cut inside the shortest scene', () => {
    const cuts = new CutDetector(1);
    expect(cuts.judge(descriptor(1), descriptor(2), CHANNELS, 10).cut).toBe(true);
    const still = descriptor(2);
    for (let i = 1; i < 5; i++) cuts.judge(still, still, CHANNELS, 10 + i * 0.1);
    expect(cuts.judge(descriptor(2), descriptor(3), CHANNELS, 10.6).cut).toBe(false);
    for (let i = 1; i < 9; i++) cuts.judge(still, still, CHANNELS, 10.6 + i * 0.1);
    expect(cuts.judge(descriptor(3), descriptor(4), CHANNELS, 12).cut).toBe(true);
  });

  test('does not report a cut at every frame of fast motion', () => {
    const cuts = new CutDetector(0);
    // Two neighbours share half of what they show.
    const moving = (i: number): Float32Array => {
      const [a, b] = [descriptor(i), descriptor(i + 1)];
      return a.map((value, k) => (value + b[k]!) / 2);
    };
    const verdicts = Array.from({ length: 40 }, (_, i) => cuts.judge(moving(i), moving(i + 1), CHANNELS, i / 25));
    expect(verdicts.slice(5).filter((verdict) => verdict.cut)).toEqual([]);
  });

  test('does not take noise on an empty picture for a cut', () => {
    const cuts = new CutDetector(0);
    const random = new Random(4);
    const noise = (): Float32Array => random.grid(CELLS * CHANNELS).map((value) => 0.4 * value);
    for (let i = 0; i < 50; i++) expect(cuts.judge(noise(), noise(), CHANNELS, i).cut).toBe(false);
  });
});
