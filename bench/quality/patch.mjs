import { randomNumbers } from './random.mjs';

/** Average size of a grain of texture, and of a stroke of text, pixels. */
const GRAIN = 6;
const STROKE = 2;

/**
 * A square picture to put into a clip: the surface of a thing (a muted colour, mottled by some 20 grey levels), or lines
 * of letter-like strokes, dark on pale. Made up here, from the seed alone.
 * @param {'texture' | 'text'} kind
 * @param {number} side pixels
 * @param {number} seed
 * @returns {Uint8Array} `side² · 3`, RGB24
 */
export function drawPatch(kind, side, seed) {
  const next = randomNumbers(seed);
  return kind === 'text' ? drawText(side, next) : drawTexture(side, next);
}

function drawTexture(side, next) {
  const grey = 60 + 130 * next();
  const color = [grey, grey, grey].map((value) => value + 50 * (next() - 0.5));
  const coarse = grain(side, 4 * GRAIN, next);
  const fine = grain(side, GRAIN, next);
  return paint(side, (x, y, c) => color[c] + 40 * coarse(x, y) + 30 * fine(x, y));
}

/** Smooth noise, −1 … 1: random values on a lattice, bilinear between. */
function grain(side, step, next) {
  const row = Math.ceil(side / step) + 2;
  const lattice = Float64Array.from({ length: row * row }, () => 2 * next() - 1);
  return (x, y) => {
    const [u, v] = [x / step, y / step];
    const at = Math.floor(v) * row + Math.floor(u);
    const [a, b] = [u % 1, v % 1];
    const top = lattice[at] * (1 - a) + lattice[at + 1] * a;
    const bottom = lattice[at + row] * (1 - a) + lattice[at + row + 1] * a;
    return top * (1 - b) + bottom * b;
  };
}

/** Rows of 5×3 letters on a grid of strokes, with gaps between letters, words and lines. */
function drawText(side, next) {
  const paper = 185 + 50 * next();
  const ink = 20 + 60 * next();
  const columns = Math.ceil(side / STROKE);
  const inked = Uint8Array.from({ length: columns * columns }, (_, i) => {
    const [x, y] = [i % columns, Math.floor(i / columns)];
    const inLetter = x % 4 < 3 && y % 7 >= 1 && y % 7 < 6 && Math.floor(x / 4) % 6 !== 5;
    return inLetter && next() < 0.55 ? 1 : 0;
  });
  return paint(side, (x, y) => (inked[Math.floor(y / STROKE) * columns + Math.floor(x / STROKE)] ? ink : paper));
}

function paint(side, value) {
  const out = new Uint8Array(side * side * 3);
  for (let i = 0; i < out.length; i++) {
    const pixel = Math.floor(i / 3);
    out[i] = Math.max(0, Math.min(255, Math.round(value(pixel % side, Math.floor(pixel / side), i % 3))));
  }
  return out;
}

/**
 * A frame with a patch on it.
 * @param {Uint8Array} rgb `width² · 3`, read only
 * @param {number} width of the square frame, pixels
 * @param {{ pixels: Uint8Array, side: number, x: number, y: number }} patch inside the frame
 * @returns {Uint8Array<ArrayBuffer>} owned by the caller
 */
export function withPatch(rgb, width, { pixels, side, x, y }) {
  const out = new Uint8Array(rgb);
  for (let row = 0; row < side; row++) {
    out.set(pixels.subarray(row * side * 3, (row + 1) * side * 3), ((y + row) * width + x) * 3);
  }
  return out;
}
