import type { WindowFrame } from '../window-frame.ts';
import type { AskedWindow } from './asking.ts';

/** Moments that no question was about yet and whose frames are kept: the newest. */
const MOMENTS = 256;

type PinnedWindow = Pick<AskedWindow<never>, 'pin' | 'unpin'>;

/**
 * What a window keeps fine for a question: frames of moments that no question was about yet, and, while nothing happens, the
 * last frame in which something did. Still frames cost one token each and say nothing of what is to be seen; that one does,
 * and without a pin an hour of stillness would age it away.
 */
export class Pins {
  readonly #window: PinnedWindow;
  readonly #moments = new Set<string>();
  /** The newest frame of more than one token. */
  #scene: string | undefined;
  #still = false;

  constructor(window: PinnedWindow) {
    this.#window = window;
  }

  /** A frame was pushed. */
  frame({ id, tokens }: Pick<WindowFrame<unknown>, 'id' | 'tokens'>): void {
    const scene = this.#scene;
    if (tokens > 1) {
      if (this.#still && scene !== undefined && !this.#moments.has(scene)) this.#window.unpin(scene);
      this.#scene = id;
      this.#still = false;
    } else if (!this.#still && scene !== undefined) {
      this.#still = true;
      this.#window.pin(scene);
    }
  }

  /** Something happened in this frame. */
  moment(id: string): void {
    this.#moments.add(id);
    this.#window.pin(id);
    const [oldest] = this.#moments;
    if (this.#moments.size <= MOMENTS || oldest === undefined) return;
    this.#moments.delete(oldest);
    if (!(this.#still && oldest === this.#scene)) this.#window.unpin(oldest);
  }

  /** A question is asked, about all of them. */
  asked(): void {
    for (const id of this.#moments) if (!(this.#still && id === this.#scene)) this.#window.unpin(id);
    this.#moments.clear();
  }
}
