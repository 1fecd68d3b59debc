import type { SourceCounts } from '../../media/frame-source.ts';
import type { Frame } from '../../media/frame.ts';
import type { FrameBuffers } from '../frame-buffers.ts';
import { headerBytes, readHeader } from './frame-header.ts';
import type { FrameHeader } from './frame-header.ts';

/** The bytes of the pipe are no frames: what wrote them is broken. */
export class PipeGarbage extends Error {}

/** Makes frames of the bytes that come through the pipe, however they were split on the way. Holds one frame at most. */
export class FrameParser {
  readonly #side: number;
  readonly #buffers: FrameBuffers;
  readonly #head = Buffer.alloc(headerBytes);
  #header: FrameHeader | undefined;
  #data: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #index = 0;
  #counts: SourceCounts = { decoded: 0, discarded: 0, skipped: 0 };

  /**
   * @param side - of every frame, pixels
   * @param buffers - where the pixels go
   */
  constructor(side: number, buffers: FrameBuffers) {
    this.#side = side;
    this.#buffers = buffers;
  }

  /**
   * The frames that `chunk` completes, in order. `chunk` may be reused after the last one was taken.
   * @throws PipeGarbage as soon as a header is none, before anything of the size that it announces is allocated.
   */
  *push(chunk: Uint8Array): Generator<Frame, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      const target = this.#data ?? this.#head;
      const taken = chunk.subarray(at, at + target.length - this.#filled);
      target.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
      if (this.#filled < target.length) continue;
      this.#filled = 0;
      const frame = this.#complete();
      if (frame) yield frame;
    }
  }

  /** Of the source, when the newest frame was written. */
  get counts(): SourceCounts {
    return this.#counts;
  }

  /** The pipe ended in the middle of a frame. */
  get isCutOff(): boolean {
    return this.#filled > 0 || this.#data !== undefined;
  }

  #complete(): Frame | undefined {
    if (this.#header && this.#data) {
      const frame = { index: this.#index++, ...this.#header.frame, data: this.#data };
      this.#counts = this.#header.counts;
      this.#header = undefined;
      this.#data = undefined;
      return frame;
    }
    this.#header = readHeader(this.#head, this.#side);
    if (!this.#header) throw new PipeGarbage('the decoder process wrote something that is no frame');
    this.#data = this.#buffers.take(this.#side * this.#side * 3);
    return undefined;
  }
}
