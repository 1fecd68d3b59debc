/** Pixels of the sample clip's pictures. */
export const sceneSize = { width: 640, height: 360 } as const;

/** What each passage of the sample clip shows, and when it begins, in seconds. */
export const sampleMarks = {
  /** A street at dusk; nothing but sensor noise. */
  still: 0,
  /** A car crosses the same street. */
  crossing: 6,
  /** The street again; the light fades slowly. */
  drift: 10,
  /** Hard cut to a forest floor, at rest. */
  cut: 14,
  /** The forest floor rushes by under falling leaves. */
  busy: 15.5,
  end: 20,
} as const;

/** Marsaglia's xorshift32, as numbers in 0 … 1 (exclusive): the same seed gives the same scene everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

type Colour = readonly [number, number, number];

/** An RGB24 picture to draw on, `width * height * 3` bytes. */
export type Canvas = Uint8ClampedArray<ArrayBuffer>;

const { width, height } = sceneSize;

/** An empty picture of {@link sceneSize}. */
export function newCanvas(): Canvas {
  return new Uint8ClampedArray(width * height * 3);
}

/** Mixes `colour` into the pixels of a box; `cover` says how much of each pixel, 0 … 1 and beyond. */
function fill(
  canvas: Canvas,
  box: readonly [number, number, number, number],
  colour: Colour,
  cover: (x: number, y: number) => number,
): void {
  const [left, top, right, bottom] = box;
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, Math.ceil(bottom)); y++) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, Math.ceil(right)); x++) {
      const share = Math.min(1, Math.max(0, cover(x, y)));
      const at = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) {
        const under = canvas[at + c] ?? 0;
        canvas[at + c] = under + ((colour[c] ?? 0) - under) * share;
      }
    }
  }
}

function rectangle(canvas: Canvas, x: number, y: number, w: number, h: number, colour: Colour): void {
  const inside = (p: number, low: number, size: number): number => Math.min(p + 1 - low, low + size - p);
  fill(canvas, [x, y, x + w, y + h], colour, (px, py) => Math.min(1, inside(px, x, w)) * Math.min(1, inside(py, y, h)));
}

function ellipse(canvas: Canvas, x: number, y: number, rx: number, ry: number, colour: Colour): void {
  const edge = Math.min(rx, ry);
  fill(canvas, [x - rx - 1, y - ry - 1, x + rx + 1, y + ry + 1], colour, (px, py) => {
    return (1 - Math.hypot((px - x) / rx, (py - y) / ry)) * edge + 0.5;
  });
}

function hills(canvas: Canvas, base: number, swing: number, phase: number, colour: Colour): void {
  const crest = (x: number): number => base - swing * (Math.sin(x / 90 + phase) + 0.5 * Math.sin(x / 37 + 2 * phase));
  fill(canvas, [0, base - 2 * swing, width, height], colour, (x, y) => y - crest(x));
}

function house(canvas: Canvas, x: number, h: number, wall: Colour, lit: () => number): void {
  const top = 262 - h;
  rectangle(canvas, x, top, 96, h, wall);
  fill(
    canvas,
    [x - 8, top - 34, x + 104, top],
    [64, 38, 42],
    (px, py) => 52 * ((py - top + 34) / 34) + 4 - Math.abs(px - x - 48),
  );
  for (let floor = 0; floor < Math.floor(h / 44); floor++) {
    for (let i = 0; i < 3; i++) {
      const glow: Colour = lit() > 0.45 ? [250, 205, 120] : [52, 58, 80];
      rectangle(canvas, x + 12 + i * 28, top + 14 + floor * 42, 16, 22, glow);
    }
  }
}

/** The street at dusk, without a car. */
export function paintStreet(): Canvas {
  const canvas = newCanvas();
  const random = seededRandom(7);
  for (let y = 0; y < height; y++) {
    const t = Math.min(1, y / 230);
    rectangle(canvas, 0, y, width, 1, [70 + 160 * t, 84 + 66 * t, 140 - 20 * t]);
  }
  ellipse(canvas, 470, 150, 34, 34, [255, 226, 168]);
  hills(canvas, 196, 16, 0.4, [108, 92, 122]);
  hills(canvas, 224, 12, 2.1, [74, 72, 98]);
  rectangle(canvas, 0, 250, width, 14, [66, 78, 62]);
  const walls: readonly Colour[] = [
    [150, 106, 84],
    [122, 118, 128],
    [168, 138, 98],
  ];
  [28, 150, 330].forEach((x, i) => house(canvas, x, 96 + 32 * (i % 2), walls[i] ?? [128, 128, 128], random));
  for (const x of [286, 560]) {
    rectangle(canvas, x, 150, 4, 114, [40, 42, 48]);
    ellipse(canvas, x + 2, 148, 9, 9, [255, 236, 180]);
  }
  rectangle(canvas, 0, 262, width, 12, [120, 116, 112]);
  rectangle(canvas, 0, 274, width, height - 274, [58, 60, 68]);
  for (let x = 10; x < width; x += 80) rectangle(canvas, x, 318, 44, 5, [206, 200, 178]);
  return canvas;
}

/** Draws a car whose left end is at `x` pixels; may be partly or wholly outside. */
export function paintCar(canvas: Canvas, x: number): void {
  ellipse(canvas, x + 78, 345, 84, 6, [36, 37, 42]);
  rectangle(canvas, x, 302, 156, 32, [186, 44, 40]);
  fill(canvas, [x + 24, 276, x + 128, 303], [164, 36, 36], (px, py) => 52 - (303 - py) * 0.6 - Math.abs(px - x - 76));
  rectangle(canvas, x + 48, 282, 26, 18, [150, 186, 204]);
  rectangle(canvas, x + 80, 282, 26, 18, [150, 186, 204]);
  rectangle(canvas, x + 148, 310, 8, 9, [255, 244, 190]);
  for (const wheel of [x + 34, x + 122]) {
    ellipse(canvas, wheel, 334, 16, 16, [26, 26, 30]);
    ellipse(canvas, wheel, 334, 7, 7, [160, 164, 170]);
  }
}

/** A leaf, `size` pixels, anywhere. */
export function paintLeaf(canvas: Canvas, x: number, y: number, size: number, colour: Colour): void {
  ellipse(canvas, x, y, size, size * 0.55, colour);
  rectangle(canvas, x - size, y - 0.6, size * 2, 1.2, [70, 44, 26]);
}
