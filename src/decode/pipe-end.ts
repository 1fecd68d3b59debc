import { Writable } from 'node:stream';

/**
 * The end of a pipe that takes one chunk at a time, when asked: until the next one is asked for, the writer is held
 * back. One reader.
 */
export class PipeEnd extends Writable {
  #chunk: Buffer | undefined;
  #release: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #closed = false;
  #discarding = false;

  constructor() {
    // A "close" event would make fluent-ffmpeg kill a process that is just about to exit by itself.
    super({ autoDestroy: false });
  }

  /** The next chunk, valid until the next call; undefined at the end and after `discard`. */
  next(): Promise<Buffer | undefined> {
    this.#chunk = undefined;
    return new Promise((resolve) => {
      this.#wake = () => {
        if (this.#chunk || this.#closed) resolve(this.#chunk);
      };
      this.#letThrough();
      this.#wake();
    });
  }

  /** Nothing more will come, although the writer never said so. */
  abandon(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Lets everything through unread from now on, so that the writer can end. */
  discard(): void {
    this.#discarding = true;
    this.#chunk = undefined;
    this.#letThrough();
    this.abandon();
  }

  /** Called by the stream machinery: the answer `done` is what holds the writer back. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#discarding) return done();
    this.#chunk = chunk;
    this.#release = done;
    this.#wake?.();
  }

  /** Called by the stream machinery at the end. */
  override _final(done: () => void): void {
    this.abandon();
    done();
  }

  #letThrough(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}
