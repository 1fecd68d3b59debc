import type { PatchGrid } from '#dist/media/patch-grid.js';
import type { EncoderFacts, VisionEncoder } from '#dist/media/vision-encoder.js';
import type { FramenestError } from '#dist/errors.js';

interface Step {
  readonly rgb: Uint8Array<ArrayBuffer>;
  readonly resolve: (grid: PatchGrid) => void;
  readonly reject: (error: Error) => void;
}

/** What a test may say of a {@link SteppedEncoder}. */
export interface SteppedOptions {
  readonly capacity?: number;
  /** Called when a frame comes in. */
  readonly began?: (rgb: Uint8Array) => void;
}

/** An encoder that finishes a frame when it is told to. A frame's features are its own bytes. */
export class SteppedEncoder implements VisionEncoder {
  readonly facts: EncoderFacts = {
    name: 'stepped',
    inputSide: 1,
    resize: 'stretch',
    padColor: [0, 0, 0],
    gridSide: 1,
    channels: 3,
    stage: 'pre',
    digest: 'sha256:stepped',
  };
  readonly device = 'cpu';
  readonly capacity: number;
  readonly failed: Promise<FramenestError>;
  readonly #began: (rgb: Uint8Array) => void;
  readonly #steps: Step[] = [];
  giveUp: (error: FramenestError) => void = () => undefined;
  disposed = 0;

  constructor({ capacity = 2, began = () => undefined }: SteppedOptions = {}) {
    this.capacity = capacity;
    this.#began = began;
    this.failed = new Promise((resolve) => (this.giveUp = resolve));
  }

  /** Frames that it has. */
  get running(): number {
    return this.#steps.length;
  }

  encode(rgb: Uint8Array<ArrayBuffer>): Promise<PatchGrid> {
    this.#began(rgb);
    return new Promise((resolve, reject) => this.#steps.push({ rgb, resolve, reject }));
  }

  /** Finishes the `index`-th of the frames that it has, with its features or with `error`. */
  finish(index = 0, error?: Error): void {
    const [step] = this.#steps.splice(index, 1);
    if (!step) throw new Error(`It has ${this.#steps.length} frames, no number ${index}.`);
    if (error) step.reject(error);
    else step.resolve({ side: 1, channels: 3, data: Float32Array.from(step.rgb) });
  }

  dispose(): Promise<void> {
    this.disposed++;
    for (const { reject } of this.#steps.splice(0)) reject(new Error('disposed'));
    return Promise.resolve();
  }
}
