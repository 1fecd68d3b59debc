import { Presets, SingleBar } from 'cli-progress';
import type { AnalyzeProgress } from '../../analyze/analyze.ts';
import { formatTime } from '../../media/timebase.ts';

/**
 * A bar on standard error over the length of the video, with rate and time left; none where that is no terminal.
 * @param durationS - of the video in seconds; undefined where nobody knows
 */
export function analyzeBar(durationS: number | undefined): {
  update: (progress: AnalyzeProgress) => void;
  stop: () => void;
} {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const known = durationS !== undefined && durationS > 0;
  const format = known
    ? '{bar} {percentage}% | {at} of {length} | {frames} frames, {rate} a second | {eta_formatted} left'
    : '{at} | {frames} frames, {rate} a second';
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, etaBuffer: 50 },
    Presets.shades_classic,
  );
  const started = performance.now();
  bar.start(durationS ?? 1, 0, { at: formatTime(0), length: formatTime(durationS ?? 0), rate: '–', frames: 0 });
  return {
    stop: () => bar.stop(),
    update: ({ timeS, frames }) => {
      const rate = (frames / ((performance.now() - started) / 1000)).toFixed(1);
      bar.update(known ? Math.min(timeS, durationS) : 0, { at: formatTime(timeS), rate, frames });
    },
  };
}
