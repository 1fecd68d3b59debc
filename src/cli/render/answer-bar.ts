import { Presets, SingleBar } from 'cli-progress';
import { formatTime } from '../../media/timebase.ts';

/** Shows how far a video is read; it makes room for answers. */
export interface AnswerBar {
  /**
   * @param timeS - of the newest frame, from the first, seconds
   * @param frames - read so far
   */
  readonly update: (timeS: number, frames: number) => void;
  /** Takes the bar away until the next update. */
  readonly hide: () => void;
}

/**
 * A bar on standard error over the length of the video; none where that is no terminal.
 * @param durationS - of the video in seconds; undefined where nobody knows
 */
export function answerBar(durationS: number | undefined): AnswerBar {
  if (!process.stderr.isTTY) return { update: () => undefined, hide: () => undefined };
  const lengthS = durationS !== undefined && durationS > 0 ? durationS : undefined;
  const format =
    lengthS === undefined
      ? 'reading {at} | {frames} frames'
      : 'reading {bar} {percentage}% | {at} of {length} | {frames} frames';
  let bar: SingleBar | undefined;
  const hide = (): void => {
    bar?.stop();
    bar = undefined;
  };
  const update = (timeS: number, frames: number): void => {
    const shown = { at: formatTime(timeS), length: formatTime(lengthS ?? 0), frames };
    const done = lengthS === undefined ? 0 : Math.min(timeS, lengthS);
    if (bar) return bar.update(done, shown);
    bar = new SingleBar(
      { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
      Presets.shades_classic,
    );
    bar.start(lengthS ?? 1, done, shown);
  };
  return { update, hide };
}
