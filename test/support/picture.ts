import { Random } from './random.ts';

/** Square RGB24 pictures painted in code: `side * side * 3` bytes, a new buffer from every function. */
export type Picture = Uint8Array<ArrayBuffer>;

const clamp = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));

/** One colour everywhere. */
export function solid(side: number, color: readonly [number, number, number]): Picture {
  return Uint8Array.from({ length: side * side * 3 }, (_, i) => color[i % 3]!);
}

/** Soft waves of colour between 40 and 200 with detail at every size; another picture for every seed. */
export function scenery(side: number, seed: number): Picture {
  const random = new Random(seed);
  const waves = Array.from({ length: 12 }, (_, i) => ({
    x: ((random.next() - 0.5) * 2 ** (i / 2) * 8) / side,
    y: ((random.next() - 0.5) * 2 ** (i / 2) * 8) / side,
    phase: random.next() * 7,
    color: [random.next(), random.next(), random.next()],
  }));
  const out = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const heights = waves.map((wave) => Math.sin(wave.x * column + wave.y * row + wave.phase));
      for (let c = 0; c < 3; c++) {
        const sum = heights.reduce((all, height, i) => all + height * waves[i]!.color[c]!, 0);
        out[(row * side + column) * 3 + c] = clamp(120 + Math.max(-80, Math.min(80, sum * 25)));
      }
    }
  }
  return out;
}

/** A copy with a rectangle of one colour in it. */
export function withBox(
  picture: Picture,
  box: { x: number; y: number; width: number; height: number },
  color: readonly [number, number, number],
): Picture {
  const side = Math.sqrt(picture.length / 3);
  const out = picture.slice();
  for (let row = box.y; row < Math.min(side, box.y + box.height); row++) {
    for (let column = box.x; column < Math.min(side, box.x + box.width); column++) {
      out.set(color, (row * side + column) * 3);
    }
  }
  return out;
}

/** A copy with every value raised by `by` grey levels. */
export function brighter(picture: Picture, by: number): Picture {
  return picture.map((value) => clamp(value + by));
}

/** A copy with normal noise of standard deviation `sigma` on every value: a sensor. */
export function noisy(picture: Picture, sigma: number, random: Random): Picture {
  return picture.map((value) => clamp(value + sigma * random.gaussian()));
}
