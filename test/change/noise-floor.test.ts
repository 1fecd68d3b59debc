import { NoiseFloor } from '#dist/change/noise-floor.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

const CELLS = 576;

/** Energies of cells with 18 normal values each, of variance `energy`. */
function noiseEnergies(energy: number, random: Random): Float32Array {
  return Float32Array.from({ length: CELLS }, () => {
    let sum = 0;
    for (let i = 0; i < 18; i++) sum += energy * random.gaussian() ** 2;
    return sum / 18;
  });
}

describe('the noise floor', () => {
  test('is 0 before anything was learned', () => {
    expect(new NoiseFloor(CELLS).value).toBe(0);
  });

  test.each([0.5, 5, 30])('comes within a tenth of the true noise energy of %d', (energy) => {
    const floor = new NoiseFloor(CELLS);
    const random = new Random(energy * 10);
    for (let frame = 0; frame < 50; frame++) floor.learn(noiseEnergies(energy, random));
    expect(Math.abs(floor.value / energy - 1)).toBeLessThan(0.1);
  });

  test('stays between 0 and 40 squared grey levels whatever it is shown', () => {
    const frame = fc.array(fc.float({ min: 0, max: 65_025, noNaN: true }), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 50 }), (frames) => {
        const floor = new NoiseFloor(16);
        for (const energies of frames) {
          floor.learn(Float32Array.from(energies));
          expect(floor.value).toBeGreaterThanOrEqual(0);
          expect(floor.value).toBeLessThanOrEqual(40);
        }
      }),
    );
  });

  test('does not take a scene in which everything moves for noise', () => {
    const floor = new NoiseFloor(CELLS);
    for (let frame = 0; frame < 50; frame++) floor.learn(new Float32Array(CELLS).fill(5000));
    expect(floor.value).toBeLessThanOrEqual(40);
    expect(floor.value).toBeGreaterThan(30);
  });

  test('is not raised by an object that moves in half of the picture', () => {
    const floor = new NoiseFloor(CELLS);
    const random = new Random(8);
    for (let frame = 0; frame < 50; frame++) {
      const energies = noiseEnergies(2, random);
      energies.fill(3000, 0, CELLS / 2);
      floor.learn(energies);
    }
    expect(floor.value).toBeLessThan(4);
  });

  test('falls faster than it rises', () => {
    const quiet = new Float32Array(CELLS).fill(1);
    const loud = new Float32Array(CELLS).fill(20);
    const settled = (first: Float32Array): NoiseFloor => {
      const floor = new NoiseFloor(CELLS);
      for (let frame = 0; frame < 100; frame++) floor.learn(first);
      return floor;
    };
    const rising = settled(quiet);
    const falling = settled(loud);
    const span = falling.value - rising.value;
    const [low, high] = [rising.value, falling.value];
    rising.learn(loud);
    falling.learn(quiet);
    expect((high - falling.value) / span).toBeGreaterThan(2 * ((rising.value - low) / span));
  });

  test('leaves the energies that it is shown in their order', () => {
    const energies = Float32Array.of(3, 1, 2);
    new NoiseFloor(3).learn(energies);
    expect([...energies]).toEqual([3, 1, 2]);
  });
});
