/** Between two paintings, milliseconds; for who asked their device for less motion. */
const EVERY_MS = 125;
const CALM_MS = 1_000;

/** Paints what changed, together, and never more often than an eye needs; nothing while the page is hidden. */
export class Painter {
  readonly #paint: () => void;
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  #painted = -Infinity;
  #due = false;

  constructor(paint: () => void) {
    this.#paint = paint;
    document.addEventListener('visibilitychange', () => this.request());
  }

  /** Something changed. */
  request(): void {
    if (this.#due || document.hidden) return;
    this.#due = true;
    requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now: number): void {
    if (now - this.#painted < (this.#calm.matches ? CALM_MS : EVERY_MS)) {
      requestAnimationFrame((later) => this.#frame(later));
      return;
    }
    this.#due = false;
    this.#painted = now;
    this.#paint();
  }

  /** Something was done by hand: it shows at once. */
  now(): void {
    this.#painted = -Infinity;
    this.request();
  }
}
