import { pool } from '#dist/scales/pool.js';
import type { PatchGrid } from '#dist/media/patch-grid.js';
import type { EncoderFacts, VisionEncoder } from '#dist/media/vision-encoder.js';
import { sleep } from './sleep.ts';

/** The mean colour of each patch of a picture: `[gridSide², 3]`. */
export function patchMeans(rgb: Uint8Array, side: number, gridSide: number): Float32Array<ArrayBuffer> {
  const patch = side / gridSide;
  const out = new Float32Array(gridSide ** 2 * 3);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const to = (Math.floor(row / patch) * gridSide + Math.floor(column / patch)) * 3;
      const from = (row * side + column) * 3;
      for (let c = 0; c < 3; c++) out[to + c]! += rgb[from + c]! / patch ** 2;
    }
  }
  return out;
}

/** How a {@link PatchMeanEncoder} behaves. */
export interface PatchMeanOptions {
  /** Pixels of the square input, a multiple of 24. */
  readonly side: number;
  /** Real time that run `i` takes, milliseconds. */
  readonly takesMs?: (i: number) => number;
  /** Rejects run `i` where it returns an error. */
  readonly fails?: (i: number) => Error | undefined;
}

/** A whole vision encoder whose features can be worked out by hand: the mean colour of each patch of a 24×24 grid. */
export class PatchMeanEncoder implements VisionEncoder {
  readonly facts: EncoderFacts;
  readonly device = 'cpu';
  readonly #options: PatchMeanOptions;
  runs = 0;

  constructor(options: PatchMeanOptions) {
    this.#options = options;
    this.facts = {
      name: 'patch-mean',
      inputSide: options.side,
      resize: 'stretch',
      padColor: [0, 0, 0],
      gridSide: 24,
      channels: 3,
      stage: 'pre',
      digest: 'sha256:patch-mean',
    };
  }

  async encode(rgb: Uint8Array<ArrayBuffer>, gridSide = 24): Promise<PatchGrid> {
    const run = this.runs++;
    const { side, takesMs, fails } = this.#options;
    if (rgb.length !== side ** 2 * 3) throw new Error(`Run ${run} got ${rgb.length} bytes.`);
    if (takesMs) await sleep(takesMs(run));
    const failure = fails?.(run);
    if (failure) throw failure;
    const grid = patchMeans(rgb, side, 24);
    return { side: gridSide, channels: 3, data: pool(grid, 24, gridSide, 3, new Float32Array(gridSide ** 2 * 3)) };
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}
