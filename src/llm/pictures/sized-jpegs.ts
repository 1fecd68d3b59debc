import type { PictureContent, HeldFrame } from '../window-frame.ts';
import { smallerJpeg } from './make-jpeg.ts';
import type { Jpeg } from './make-jpeg.ts';
import { pictureName } from './picture-name.ts';
import { PICTURE_EDGE, edgeOf, fitInto } from './picture-size.ts';

/** JPEGs of aged frames that are kept for the next question: some thousand pictures of 96 pixels. */
const KEPT_BYTES = 16 << 20;

/**
 * Frames as they are sent: an aged one has the size that its tokens stand for. The same frame gives the same bytes for as
 * long as it is kept, by name; the ones used longest ago go first, beyond 16 MiB.
 */
export class SizedJpegs {
  readonly #edge: number;
  readonly #mostBytes: number;
  readonly #kept = new Map<string, Jpeg>();
  #bytes = 0;

  /** @param edge - longer edge of a picture of 144 tokens, pixels */
  constructor(edge: number = PICTURE_EDGE, mostBytes: number = KEPT_BYTES) {
    this.#edge = edge;
    this.#mostBytes = mostBytes;
  }

  /** Bytes kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The frame at the size of its tokens; as it is, where it is no larger. Not to be written to. */
  async of(frame: HeldFrame<PictureContent>): Promise<Jpeg> {
    const { tokens, content } = frame;
    const edge = edgeOf(tokens, this.#edge);
    if (Math.max(content.width, content.height) <= edge) return content;
    const name = pictureName(frame);
    const kept = this.#kept.get(name);
    if (kept) {
      this.#kept.delete(name);
      this.#kept.set(name, kept);
      return kept;
    }
    const made = await smallerJpeg(content.jpeg, fitInto(content, edge));
    this.#keep(name, made);
    return made;
  }

  #keep(name: string, made: Jpeg): void {
    // Two questions at once may both have made it.
    if (this.#kept.has(name)) return;
    this.#kept.set(name, made);
    this.#bytes += made.jpeg.length;
    for (const [oldest, { jpeg }] of this.#kept) {
      if (this.#bytes <= this.#mostBytes) return;
      this.#kept.delete(oldest);
      this.#bytes -= jpeg.length;
    }
  }
}
