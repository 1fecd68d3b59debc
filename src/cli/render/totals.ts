import Table from 'cli-table3';
import { outColors } from './colors.ts';

/** What the baseline spends on every frame, whatever happens in it. */
const FIXED = 144;

/** What a stream came to. */
export interface Totals {
  readonly frames: number;
  readonly tokens: number;
  readonly held: number;
  /** Frames at each number of tokens. */
  readonly scales: Readonly<Record<string, number>>;
}

/** Two tables: the totals beside what a fixed 144 tokens a frame would have cost, and the histogram of scales. */
export function totalsTable({ frames, tokens, held, scales }: Totals): string {
  const perFrame = frames === 0 ? 0 : tokens / frames;
  const fixed = frames * FIXED;
  const saved = fixed === 0 ? 0 : 100 * (1 - tokens / fixed);
  const totals = new Table({ style: { head: [], border: [] } });
  totals.push(
    ['frames', frames],
    ['tokens', tokens],
    ['tokens per frame', perFrame.toFixed(1)],
    ['encoder runs skipped', percent(held, frames)],
    [`fixed-${FIXED} would have cost`, `${fixed} tokens`],
    ['saved against it', outColors.green(`${saved.toFixed(1)} %`)],
  );
  const histogram = new Table({ head: ['tokens', 'frames', 'share'], style: { head: [], border: [] } });
  for (const [scale, count] of Object.entries(scales).sort(([a], [b]) => Number(a) - Number(b))) {
    const share = frames === 0 ? 0 : count / frames;
    histogram.push([scale, count, `${'█'.repeat(Math.round(share * 30)).padEnd(30)} ${percent(count, frames)}`]);
  }
  return `${totals.toString()}\n${histogram.toString()}`;
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? '0.0' : ((100 * part) / whole).toFixed(1)} %`;
}
