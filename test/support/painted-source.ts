import type { FrameSource, SourceFacts } from '#dist/media/frame-source.js';
import type { Frame } from '#dist/media/frame.js';
import type { Picture } from './picture.ts';
import { sleep, turn } from './sleep.ts';

/** A frame of a painted picture. The picture is copied: a frame's pixels are its own. */
export function paintedFrame(index: number, picture: Picture, part: Partial<Frame> = {}): Frame {
  const side = Math.sqrt(picture.length / 3);
  return {
    index,
    pts: BigInt(index) * 3600n,
    timebase: { num: 1, den: 90_000 },
    keyframe: index % 10 === 0,
    width: side,
    height: side,
    data: picture.slice(),
    droppedBefore: 0,
    ...part,
  };
}

/** What a {@link PaintedSource} shows and how it behaves. */
export interface Painting {
  /** Frames that it has; `Infinity` never ends. */
  readonly count: number;
  readonly paint: (index: number) => Picture;
  readonly live?: boolean;
  /** Real time before each frame, milliseconds; 0, the default, gives them as fast as they are pulled. */
  readonly everyMs?: number;
  /** Thrown after the last frame instead of ending. */
  readonly failure?: Error;
  /** Gives nothing after the last frame, and neither ends nor fails, until it is closed: a camera that froze. */
  readonly freezes?: boolean;
  /** What a frame says of itself, instead of what a painted frame says. */
  readonly part?: (index: number) => Partial<Frame>;
}

/** A source whose pictures are painted in code, 25 a second by their pts: keeps the whole contract of FrameSource. */
export class PaintedSource implements FrameSource {
  readonly facts: SourceFacts;
  readonly #painting: Painting;
  /** Over all readings; no frame is skipped. */
  readonly counts = { decoded: 0, discarded: 0, skipped: 0 };
  /** Readings that began, and readings whose clean-up ran. */
  opened = 0;
  closed = 0;
  /** It was closed from outside. */
  readonly #shut = new AbortController();

  constructor(painting: Painting) {
    this.#painting = painting;
    this.facts = {
      input: 'painted',
      decoder: 'libav',
      timebase: { num: 1, den: 90_000 },
      width: 1920,
      height: 1080,
      codec: 'rawvideo',
      live: painting.live ?? false,
    };
  }

  async *frames(given: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const { count, paint, everyMs = 0, failure, freezes = false, part = () => ({}) } = this.#painting;
    const signal = AbortSignal.any([given, this.#shut.signal]);
    this.opened++;
    try {
      for (let i = 0; i < count; i++) {
        // A read is never over at once: whatever else is due has its turn, as it has with a real decoder.
        await (everyMs > 0 ? sleep(everyMs, signal) : turn());
        if (signal.aborted) return;
        this.counts.decoded++;
        const live = this.facts.live ? { wallclockUs: BigInt(Date.now()) * 1000n } : {};
        yield paintedFrame(i, paint(i), { ...live, ...part(i) });
      }
      if (freezes && !signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      if (failure && !signal.aborted) throw failure;
    } finally {
      this.closed++;
    }
  }

  /** Frames given back and not written anew since. */
  recycled = 0;

  recycle(): void {
    this.recycled++;
  }

  /** Whether it was closed by whoever opened it. */
  get shut(): boolean {
    return this.#shut.signal.aborted;
  }

  close(): Promise<void> {
    this.#shut.abort();
    return Promise.resolve();
  }
}
