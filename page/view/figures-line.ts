import { FIXED } from '../chart/tokens-chart.ts';
import { el, mark, say } from '../dom.ts';
import { count, counted, number, percent } from '../format.ts';
import type { Figures } from '../track.ts';

/** Tokens a second now against the ceiling and against fixed-144, and what was lost. */
export class FiguresLine {
  readonly element: HTMLElement;
  readonly #rate = el('b');
  readonly #share = el('span');
  readonly #frames = el('span');
  readonly #lost = el('span', { class: 'lost' });
  readonly #bar = el('div', { class: 'fill' });
  readonly #ceiling = el('div', { class: 'ceiling', hidden: true });
  readonly #meter: HTMLElement;

  constructor() {
    const label = `Tokens a second, as a share of fixed-${FIXED}`;
    this.#meter = el(
      'div',
      { class: 'meter', role: 'meter', 'aria-label': label, 'aria-valuemin': '0', 'aria-valuemax': '100' },
      this.#bar,
      this.#ceiling,
    );
    this.element = el(
      'div',
      { class: 'figures' },
      el('p', {}, this.#rate, ' ', this.#share),
      this.#meter,
      el('p', { class: 'faint' }, this.#frames, this.#lost),
    );
  }

  /** @param ceiling - tokens a second that the stream never exceeds, where it says so */
  show({ framesPerSecond, tokensPerSecond, dropped, missing }: Figures, ceiling: number | undefined): void {
    const fixed = framesPerSecond * FIXED;
    const share = fixed > 0 ? tokensPerSecond / fixed : 0;
    say(this.#rate, `${number(tokensPerSecond)} tokens/s`);
    const limit = ceiling === undefined ? '' : ` · ${percent(tokensPerSecond / ceiling)} of ceiling ${count(ceiling)}`;
    say(this.#share, fixed > 0 ? `${percent(share)} of fixed-${FIXED}, ${count(fixed)}${limit}` : '');
    say(this.#frames, `${number(framesPerSecond)} frames/s`);
    say(
      this.#lost,
      `${dropped > 0 ? ` · ▼ ${counted(dropped, 'drop')}` : ''}${missing > 0 ? ` · ▨ ${count(missing)} missing` : ''}`,
    );
    const full = Math.max(fixed, ceiling ?? 0, tokensPerSecond, 1);
    this.#bar.style.inlineSize = `${(100 * tokensPerSecond) / full}%`;
    mark(this.#meter, 'aria-valuenow', String(Math.min(100, Math.round(share * 100))));
    this.#ceiling.hidden = ceiling === undefined;
    if (ceiling !== undefined) this.#ceiling.style.insetInlineStart = `${(100 * ceiling) / full}%`;
  }
}
