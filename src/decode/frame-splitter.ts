import { FrameBuffers } from './frame-buffers.ts';

/**
 * Cuts a byte stream into pieces of one size, however it was split on the way. Each piece is alone in its own
 * ArrayBuffer and belongs to the taker.
 */
export class FrameSplitter {
  readonly #bytes: number;
  #piece: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;

  readonly #buffers: FrameBuffers;

  /**
   * @param bytes - size of one piece, at least 1
   * @param buffers - where the pieces come from
   */
  constructor(bytes: number, buffers = new FrameBuffers()) {
    this.#bytes = bytes;
    this.#buffers = buffers;
  }

  /** The pieces that `chunk` completes, in order. `chunk` is copied and may be reused after the last one was taken. */
  *push(chunk: Uint8Array): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      this.#piece ??= this.#buffers.take(this.#bytes);
      const taken = chunk.subarray(at, at + this.#bytes - this.#filled);
      this.#piece.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
      if (this.#filled === this.#bytes) {
        const full = this.#piece;
        this.#piece = undefined;
        this.#filled = 0;
        yield full;
      }
    }
  }

  /** Bytes of the piece that is not complete yet; anything but 0 at the end of the stream means that it was cut off. */
  get pending(): number {
    return this.#filled;
  }
}
