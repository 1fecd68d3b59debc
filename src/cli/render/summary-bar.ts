import { Presets, SingleBar } from 'cli-progress';
import { timeCode } from '../../llm/summary/time-code.ts';

/** Shows how far a summary is. */
export interface SummaryBar {
  /** @param atS - time of a frame, seconds */
  readonly frame: (atS: number) => void;
  /** @param level - 0: about the video; above: about notes */
  readonly note: (level: number, note: { readonly t1: number }) => void;
  readonly stop: () => void;
}

/**
 * A bar on standard error over the length of the video; where that is no terminal a line for each tenth note.
 * @param durationS - of the video in seconds; undefined where nobody knows
 * @param partS - seconds of one note
 */
export function summaryBar(durationS: number | undefined, partS: number): SummaryBar {
  const lengthS = durationS !== undefined && durationS > 0 ? durationS : undefined;
  const of = lengthS === undefined ? '' : ` of ${Math.ceil(lengthS / partS)}`;
  const notes: number[] = [];
  const said = (): string =>
    notes.length > 1 ? `notes about ${notes[0] ?? 0} parts: ${notes.at(-1) ?? 0}` : `part ${notes[0] ?? 0}${of}`;
  const count = (level: number): void => void (notes[level] = (notes[level] ?? 0) + 1);
  if (!process.stderr.isTTY) {
    const note = (level: number): void => {
      count(level);
      if ((notes[level] ?? 0) % 10 === 0) process.stderr.write(`${said()}\n`);
    };
    return { frame: () => undefined, note, stop: () => undefined };
  }
  const format = lengthS === undefined ? '{at} | {said}' : '{bar} {percentage}% | {at} | {said} | {eta_formatted} left';
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, etaBuffer: 50 },
    Presets.shades_classic,
  );
  bar.start(lengthS ?? 1, 0, { at: timeCode(0), said: said() });
  const show = (atS: number): void =>
    bar.update(lengthS === undefined ? 0 : Math.min(Math.max(0, atS), lengthS), { at: timeCode(atS), said: said() });
  const note = (level: number, { t1 }: { readonly t1: number }): void => {
    count(level);
    show(level === 0 ? t1 : (lengthS ?? t1));
  };
  return { frame: show, note, stop: () => bar.stop() };
}
