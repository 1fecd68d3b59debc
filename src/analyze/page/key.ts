import { escape } from './markup.ts';
import { themed } from './palette.ts';

/** One entry of a plot's key: a line with its dash and mark, or a filled box. */
export interface KeyEntry {
  readonly name: string;
  readonly color: string;
  readonly dash?: 'solid' | 'dashed' | 'dotted';
  readonly mark?: 'circle' | 'rect' | 'triangle' | 'diamond';
}

const dashes = { solid: '', dashed: ' stroke-dasharray="6 3"', dotted: ' stroke-dasharray="2 3"' };

const marks = {
  circle: 'M10 6a4 4 0 1 0 8 0a4 4 0 1 0 -8 0',
  rect: 'M10 2h8v8h-8z',
  triangle: 'M14 2l4.5 8h-9z',
  diamond: 'M14 1l5 5l-5 5l-5 -5z',
};

/** The entries as a list that wraps; the drawings say nothing that the names do not. */
export function drawKey(entries: readonly KeyEntry[]): string {
  return `<ul class="key">${entries.map((entry) => `<li>${themed(sample(entry))}${escape(entry.name)}</li>`).join('')}</ul>`;
}

function sample({ color, dash, mark }: KeyEntry): string {
  const line = dash && `<path d="M0 6h28" stroke="${color}" stroke-width="2"${dashes[dash]}/>`;
  const shape = mark && `<path d="${marks[mark]}" fill="${color}"/>`;
  const box = `<path d="M8 1h12v10h-12z" fill="${color}"/>`;
  return `<svg aria-hidden="true" width="28" height="12">${line ?? box}${shape ?? ''}</svg>`;
}
