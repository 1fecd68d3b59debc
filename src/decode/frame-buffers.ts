/** Buffers kept for reuse at most; as many as a pipeline ever has in flight by default, and some. */
const KEPT = 24;

/**
 * Pixel buffers that go round: from the decoder through the pipeline and back. Frames are large and short-lived; left to
 * the garbage collector they make it run every few frames, on the cores that decode.
 */
export class FrameBuffers {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  /** A buffer of so many bytes, alone in its ArrayBuffer; its content is whatever was there. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    const free = this.#free.pop();
    return free?.length === bytes ? free : new Uint8Array(bytes);
  }

  /** A buffer that nobody else holds any more. One that was transferred is of no use and is let go. */
  give(data: Uint8Array<ArrayBuffer>): void {
    if (data.length > 0 && this.#free.length < KEPT) this.#free.push(data);
  }
}
