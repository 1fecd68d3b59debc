import { Presets, SingleBar } from 'cli-progress';
import type { RunProgress } from '../../jobs/run-job.ts';
import { formatTime } from '../../media/timebase.ts';

/** Shows how far a run is. */
export interface RunBar {
  /** The first reading of policy `budget`, which packs nothing yet. */
  readonly survey: (timeS: number) => void;
  readonly update: (progress: RunProgress) => void;
  readonly stop: () => void;
}

/**
 * A bar on standard error over the length of the video, with rate and time left; none where that is no terminal.
 * @param durationS - of the video in seconds; undefined where nobody knows
 */
export function runBar(durationS: number | undefined): RunBar {
  if (!process.stderr.isTTY) return { survey: () => undefined, update: () => undefined, stop: () => undefined };
  const known = durationS !== undefined && durationS > 0;
  let bar: SingleBar | undefined;
  let shown: string | undefined;
  let started = 0;
  const stop = (): void => bar?.stop();
  const show = (what: string, timeS: number, done: string): void => {
    if (shown !== what) {
      stop();
      shown = what;
      started = performance.now();
      bar = startBar(what, known ? durationS : undefined);
    }
    const rate = (timeS / ((performance.now() - started) / 1000)).toFixed(1);
    bar?.update(known ? Math.min(timeS, durationS) : 0, { at: formatTime(timeS), rate, done });
  };
  return {
    survey: (timeS) => show('surveying ', timeS, 'nothing packed yet'),
    update: ({ timeS, counts: { frames, tokens } }) => show('', timeS, `${frames} frames, ${tokens} tokens`),
    stop,
  };
}

function startBar(what: string, durationS: number | undefined): SingleBar {
  const format =
    durationS === undefined
      ? `${what}{at} | {rate}× real time | {done}`
      : `${what}{bar} {percentage}% | {at} of {length} | {rate}× real time | {done} | {eta_formatted} left`;
  const options = { format, stream: process.stderr, hideCursor: true, etaBuffer: 50 };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(durationS ?? 1, 0, { at: formatTime(0), length: formatTime(durationS ?? 0), rate: '–', done: '' });
  return bar;
}
