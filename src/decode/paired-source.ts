import { asFramenestError } from '../errors.ts';
import type { FramenestError } from '../errors.ts';
import type { FrameSource, SourceCounts, SourceFacts } from '../media/frame-source.ts';
import type { Frame } from '../media/frame.ts';

/** How long a frame waits for its picture of the main stream, milliseconds: a group of pictures may be to be decoded. */
const PATIENCE_MS = 1000;

type Pixels = Uint8Array<ArrayBuffer>;
type Answer = (picture: Pixels | undefined) => void;

/**
 * A camera's two streams as one source: its frames are those of the sub-stream, which are scored; what is encoded for one
 * of them is the main stream's newest picture, decoded only then. Where none comes within a second (the main stream is
 * damaged, or has no key frame for longer than is kept), the frame itself is encoded, and so are those after it until
 * there is one. When either stream is lost the source is.
 */
export class PairedSource implements FrameSource {
  readonly facts: SourceFacts;
  readonly #main: FrameSource;
  readonly #sub: FrameSource;
  /** Pixels that the main stream's source gets back. */
  readonly #mains = new WeakSet<Pixels>();
  readonly #asking: Answer[] = [];
  /** Pictures that were asked for and did not come yet; some of them nobody waits for any more. */
  #due = 0;
  #late = false;
  #ended = false;
  #substituted = 0;

  /**
   * Both are closed with it.
   * @param main - on demand, of the same size of frames
   * @param sub - of the same shape of picture
   */
  constructor(main: FrameSource, sub: FrameSource) {
    const { input, width, height, codec, pid } = sub.facts;
    this.#main = main;
    this.#sub = sub;
    this.facts = {
      ...main.facts,
      timebase: sub.facts.timebase,
      scored: { input, width, height, codec, ...(pid !== undefined && { pid }) },
    };
  }

  /** See `FrameSource`; of the sub-stream. */
  get counts(): SourceCounts {
    return { ...this.#sub.counts, substituted: this.#substituted };
  }

  /** See `FrameSource`. */
  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const end = new AbortController();
    const stop = (): void => end.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const pictures = this.#takePictures(end.signal).finally(stop);
    try {
      yield* this.#sub.frames(end.signal);
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
      this.#answerAll();
      // Nothing of either is left afterwards.
      await pictures;
    }
    const failure = await pictures;
    if (failure && !signal.aborted) throw failure;
  }

  /** See `FrameSource`. */
  async picture(frame: Frame): Promise<Pixels> {
    const picture = await this.#ask();
    this.#late = picture === undefined;
    if (picture) return picture;
    this.#substituted += 1;
    return frame.data;
  }

  /** See `FrameSource`. */
  recycle(data: Pixels): void {
    (this.#mains.delete(data) ? this.#main : this.#sub).recycle(data);
  }

  /** See `FrameSource`. */
  async close(): Promise<void> {
    await Promise.all([this.#main.close(), this.#sub.close()]);
  }

  /** The main stream's next picture; undefined where none comes in time. */
  #ask(): Promise<Pixels | undefined> {
    return new Promise((resolve) => {
      // Nobody waits twice for what did not come in time; one picture stays due, and ends this.
      if (this.#late || this.#ended) {
        if (this.#due === 0) this.#want();
        return resolve(undefined);
      }
      const give: Answer = (picture) => {
        clearTimeout(timer);
        resolve(picture);
      };
      const timer = setTimeout(() => {
        this.#asking.splice(this.#asking.indexOf(give), 1);
        resolve(undefined);
      }, PATIENCE_MS);
      this.#asking.push(give);
      this.#wantEnough();
    });
  }

  /** Reads the main stream to its end, or to the end of the sub-stream. @returns what broke it off */
  async #takePictures(signal: AbortSignal): Promise<FramenestError | undefined> {
    try {
      for await (const { data, droppedBefore } of this.#main.frames(signal)) {
        this.#due = Math.max(0, this.#due - 1 - droppedBefore);
        this.#late = false;
        this.#give(data);
        this.#wantEnough();
      }
    } catch (thrown) {
      return asFramenestError(thrown);
    }
    return undefined;
  }

  #give(data: Pixels): void {
    const answer = this.#asking.shift();
    if (!answer) return this.#main.recycle(data);
    this.#mains.add(data);
    answer(data);
  }

  #wantEnough(): void {
    while (this.#due < this.#asking.length) this.#want();
  }

  #want(): void {
    this.#due += 1;
    this.#main.want?.();
  }

  #answerAll(): void {
    this.#ended = true;
    for (const answer of this.#asking.splice(0)) answer(undefined);
  }
}
