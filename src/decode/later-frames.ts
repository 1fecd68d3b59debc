import type { Frame } from '../media/frame.ts';
import type { FrameSource } from '../media/frame-source.ts';
import { seconds } from '../media/timebase.ts';

/**
 * The same source without the frames before a time. They are decoded, which is what makes the first one right, and given
 * back at once.
 * @param fromS - seconds
 */
export function laterFrames(source: FrameSource, fromS: number): FrameSource {
  let before = 0;
  async function* frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    for await (const frame of source.frames(signal)) {
      if (seconds(frame.pts, frame.timebase) >= fromS) {
        yield frame;
      } else {
        before += 1;
        source.recycle(frame.data);
      }
    }
  }
  return {
    get facts() {
      return source.facts;
    },
    get counts() {
      const { counts } = source;
      return { ...counts, skipped: counts.skipped + before };
    },
    frames,
    recycle: (data) => source.recycle(data),
    close: () => source.close(),
  };
}
