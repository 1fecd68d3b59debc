import type { Ladder } from '../../src/media/token-scale.ts';
import { FIXED } from '../chart/tokens-chart.ts';
import { scaleName } from '../colors.ts';
import { el } from '../dom.ts';

/** What the colours and marks mean. */
export function legend({ scales }: Ladder): HTMLElement {
  const entries = scales.map(({ level, tokens }) => {
    const swatch = el('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.background = `var(--${scaleName(level)})`;
    return el('li', {}, swatch, level === 0 ? 'token of a whole frame' : `of 1/${tokens}`);
  });
  return el(
    'ul',
    { class: 'legend', 'aria-label': 'Colours and marks' },
    ...entries,
    el('li', {}, el('span', { class: 'dash', 'aria-hidden': 'true' }), `fixed-${FIXED}`),
    el('li', {}, el('span', { class: 'drop', 'aria-hidden': 'true' }, '▼'), 'frames let go'),
    el('li', {}, el('span', { class: 'gap', 'aria-hidden': 'true' }), 'packets missing'),
  );
}
