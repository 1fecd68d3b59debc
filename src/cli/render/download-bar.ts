import { Presets, SingleBar } from 'cli-progress';
import type { DownloadProgress } from '../../encode/hub-options.ts';

const MIB = 1 << 20;

/** A bar on standard error for one file after another; none where that is no terminal. */
export function downloadBar(): { update: (progress: DownloadProgress) => void; stop: () => void } {
  const format = '{file} {bar} {percentage}% | {value}/{total} MiB | {eta_formatted} left';
  const bar = new SingleBar(
    { format, stream: process.stderr, noTTYOutput: false, hideCursor: true },
    Presets.shades_classic,
  );
  let current = '';
  const stop = (): void => {
    if (current) bar.stop();
    current = '';
  };
  return {
    stop,
    update: ({ file, receivedBytes, totalBytes }) => {
      if (!process.stderr.isTTY) return;
      if (file !== current) {
        stop();
        current = file;
        bar.start(Math.ceil(totalBytes / MIB), 0, { file });
      }
      bar.update(Math.floor(receivedBytes / MIB));
    },
  };
}
