import type { Locator, Page } from 'playwright-core';
import { lightStream } from '../support/serving.ts';
import type { LightStream } from '../support/serving.ts';

/** Of the encoder's pictures, pixels. */
export const SIDE = 96;

/** How long to look for something. */
export const poll = { timeout: 20_000 };

/** A camera of ever other colours, 20 frames a second where nothing is said, that lets 3 frames go before its frame 5. */
export function camera(name: string, part: Parameters<typeof lightStream>[2] = {}, everyMs = 50): LightStream {
  const painting = { count: Infinity, live: true, everyMs };
  return lightStream(name, { ...painting, part: (i) => (i === 5 ? { droppedBefore: 3 } : {}) }, part);
}

/** The card of a stream. */
export const card = (page: Page, name: string): Locator => page.locator(`.card[data-stream="${name}"]`);

/** Where on a canvas a colour is: CSS pixels from its upper left corner, and how many of its own. */
export interface Stain {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly pixels: number;
}

/** What to look for on a canvas. */
export interface Look {
  /** Opacity, 0 … 255. Default: 200 … 255. */
  readonly opacity?: readonly [least: number, most: number];
  /** Only between these, CSS pixels from its left. */
  readonly between?: readonly [from: number, to: number];
}

/**
 * The part of a canvas that has a colour, nearly.
 * @param name - CSS variable of the colour, without its dashes
 */
export function stainOf(canvas: Locator, name: string, look: Look = {}): Promise<Stain> {
  const { opacity = [200, 255], between = [0, 1e6] } = look;
  const wanted = { variable: `--${name}`, opacity, between };
  return canvas.evaluate((element, { variable, opacity: [least, most], between: [from, to] }) => {
    const probe = document.createElement('canvas').getContext('2d')!;
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(variable);
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
    const { width, height, clientWidth } = element as HTMLCanvasElement;
    const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
    const step = clientWidth / width;
    const stain = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity, pixels: 0 };
    for (let i = 0; i < data.length; i += 4) {
      const near = Math.abs(data[i]! - r!) + Math.abs(data[i + 1]! - g!) + Math.abs(data[i + 2]! - b!) < 40;
      const [x, y] = [((i / 4) % width) * step, Math.floor(i / 4 / width) * step];
      if (!near || data[i + 3]! < least || data[i + 3]! > most || x < from || x > to) continue;
      stain.left = Math.min(stain.left, x);
      stain.right = Math.max(stain.right, x + step);
      stain.top = Math.min(stain.top, y);
      stain.bottom = Math.max(stain.bottom, y + step);
      stain.pixels++;
    }
    return stain;
  }, wanted);
}

/** How many pixels of a canvas are of a colour, nearly. */
export async function pixelsOf(canvas: Locator, name: string): Promise<number> {
  return (await stainOf(canvas, name)).pixels;
}

/** Which of the scales' colours a canvas has. */
export async function levelsOf(canvas: Locator): Promise<number[]> {
  const found: number[] = [];
  for (let level = 0; level < 4; level++) if ((await pixelsOf(canvas, `level${level}`)) > 20) found.push(level);
  return found;
}

/** Sequence of the frame that the large view shows. */
export async function sequenceOf(page: Page): Promise<number> {
  return Number((await page.locator('[data-part=frame]').getAttribute('data-sequence')) || Number.NaN);
}

/** The large charts: change, and tokens. */
export const charts = (page: Page): Locator => page.locator('.detail .chart');

/** The frames that a chart says it shows. */
export async function framesOf(chart: Locator): Promise<{ count: number; first: number; last: number }> {
  const label = (await chart.getAttribute('aria-label')) ?? '';
  const [, count, first, last] = /([\d,]+) frames?, #(\d+) to #(\d+)/.exec(label) ?? [];
  return { count: Number(count?.replaceAll(',', '')), first: Number(first), last: Number(last) };
}
