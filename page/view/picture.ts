import { tokenGrid } from '../../src/analyze/page/token-grid.ts';
import type { Ladder } from '../../src/media/token-scale.ts';
import { scaleColor } from '../colors.ts';
import { el, mark, say } from '../dom.ts';
import type { FrameFacts } from '../frame-facts.ts';
import type { StillPicture } from '../still-feed.ts';

/** The widest view that a card has: a picture wider than this fills its width, any other its height. */
const VIEW_ASPECT = 16 / 9;

/** A stream's picture with the tokens of a frame drawn over it. */
export class Picture {
  readonly element: HTMLElement;
  readonly #square = el('div', { class: 'square' });
  readonly #image = el('img', { alt: '' });
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
  readonly #note = el('p', { class: 'note' }, 'No picture yet');
  readonly #ladder: Ladder;
  #shown: StillPicture | undefined;
  #address: string | undefined;

  constructor(ladder: Ladder, name: string) {
    this.#ladder = ladder;
    this.#image.alt = `Newest picture of ${name}`;
    this.#image.hidden = true;
    this.#square.append(this.#image, this.#canvas);
    this.element = el('div', { class: 'picture' }, this.#square, this.#note);
  }

  /** Shows a still; where there is none, `note` says why. */
  showStill(still: StillPicture | undefined, note = 'No picture yet'): void {
    say(this.#note, still ? '' : note);
    if (still === this.#shown) return;
    this.#shown = still;
    this.#image.hidden = !still;
    if (!still) return;
    const old = this.#address;
    this.#address = URL.createObjectURL(still.jpeg);
    // The old picture is on the screen until the new one is read.
    this.#image.onload = this.#image.onerror = () => old !== undefined && URL.revokeObjectURL(old);
    this.#image.src = this.#address;
    this.#square.style.aspectRatio = String(still.aspect);
    this.#square.classList.toggle('wide', still.aspect >= VIEW_ASPECT);
  }

  /** Draws where the tokens of a frame stand. */
  showTokens(frame: FrameFacts | undefined): void {
    const { width, height } = this.#fitCanvas();
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    context.clearRect(0, 0, width, height);
    mark(this.#canvas, 'data-sequence', String(frame?.sequence ?? ''));
    if (!frame || frame.positions.length === 0) return;
    const { outlines } = tokenGrid(this.#ladder, frame.positions);
    const cells = new DOMMatrix([width / this.#ladder.gridSide, 0, 0, height / this.#ladder.gridSide, 0, 0]);
    outlines.forEach((outline, level) => {
      if (outline !== '') drawBlocks(context, outline, cells, scaleColor(level));
    });
  }

  /** Frees its memory. */
  destroy(): void {
    if (this.#address !== undefined) URL.revokeObjectURL(this.#address);
  }

  #fitCanvas(): { width: number; height: number } {
    const width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    const height = Math.round(this.#canvas.clientHeight * devicePixelRatio);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    return { width, height };
  }
}

/** A dark line under the coloured one: seen on any picture. */
function drawBlocks(context: CanvasRenderingContext2D, outline: string, cells: DOMMatrix, stroke: string): void {
  const path = new Path2D();
  path.addPath(new Path2D(outline), cells);
  context.fillStyle = stroke;
  context.globalAlpha = 0.16;
  context.fill(path);
  context.globalAlpha = 0.5;
  context.strokeStyle = '#000';
  context.lineWidth = 3 * devicePixelRatio;
  context.stroke(path);
  context.globalAlpha = 1;
  context.strokeStyle = stroke;
  context.lineWidth = 1.25 * devicePixelRatio;
  context.stroke(path);
}
