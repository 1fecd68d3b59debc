import { withBox } from './picture.ts';
import type { Picture } from './picture.ts';
import { Random } from './random.ts';

/** Cells of the grid in a row. */
const GRID = 12;

const RED = [1, -1, -1];
const GREEN = [-1, 1, -1];

/** How far from grey a colour is, of the cube's side: none leaves the cube. */
const STRENGTH = { least: 0.38, most: 0.5 };

/**
 * A ground in which nothing stands out: tiles of all colours around grey, nearly as strong as each other and no two the same,
 * but none that is red or green.
 */
export function mosaic(side: number, seed: number): Picture {
  const random = new Random(seed);
  const tile = side / GRID;
  const colours = shuffled(ball(240), random).filter(
    (colour) => cosine(colour, RED) < 0.6 && cosine(colour, GREEN) < 0.6,
  );
  const strengths = shuffled(
    Array.from({ length: GRID ** 2 }, (_, i) => i / GRID ** 2),
    random,
  );
  let picture: Picture = new Uint8Array(side * side * 3);
  for (const [cell, share] of strengths.entries()) {
    const strength = STRENGTH.least + (STRENGTH.most - STRENGTH.least) * share;
    const box = { x: (cell % GRID) * tile, y: Math.floor(cell / GRID) * tile, width: tile, height: tile };
    picture = withBox(picture, box, paint(colours[cell % colours.length]!, strength));
  }
  return picture;
}

/** Directions evenly around a point (the lattice of Fibonacci): any direction's cosines with them are evenly spread. */
function ball(count: number): number[][] {
  const golden = Math.PI * (3 - Math.sqrt(5));
  return Array.from({ length: count }, (_, i) => {
    const up = 1 - (2 * i + 1) / count;
    const out = Math.sqrt(1 - up * up);
    return [out * Math.cos(golden * i), out * Math.sin(golden * i), up];
  });
}

function paint(direction: readonly number[], strength: number): [number, number, number] {
  const length = Math.hypot(...direction);
  const [r, g, b] = direction.map((value) => Math.round(255 * (0.5 + (strength * value) / length)));
  return [r!, g!, b!];
}

function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const keyed = list.map((value) => ({ value, at: random.next() }));
  return keyed.sort((a, b) => a.at - b.at).map(({ value }) => value);
}

/** A ground with two things in it, and the tiles that each covers. */
export interface Things {
  readonly picture: Picture;
  readonly red: readonly number[];
  readonly green: readonly number[];
}

/**
 * The ground with a red thing of 2 × 2 tiles that crosses it from left to right, and a green one from right to left; as far
 * from grey as the tiles. They come back after six frames.
 */
export function withThings(ground: Picture, index: number): Things {
  const tile = Math.sqrt(ground.length / 3) / GRID;
  const column = (2 * index) % GRID;
  const [red, green] = [
    { x: column, y: 2 },
    { x: GRID - 2 - column, y: 8 },
  ];
  const box = ({ x, y }: { x: number; y: number }): Parameters<typeof withBox>[1] => {
    return { x: x * tile, y: y * tile, width: 2 * tile, height: 2 * tile };
  };
  const cells = ({ x, y }: { x: number; y: number }): number[] => [0, 1, GRID, GRID + 1].map((i) => y * GRID + x + i);
  const strength = (STRENGTH.least + STRENGTH.most) / 2;
  const picture = withBox(withBox(ground, box(red), paint(RED, strength)), box(green), paint(GREEN, strength));
  return { picture, red: cells(red), green: cells(green) };
}
