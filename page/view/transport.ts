import { button, el, mark, say } from '../dom.ts';
import type { Reel } from '../reel.ts';

/** What the controls do. */
export interface TransportActions {
  pause(): void;
  live(): void;
  step(frames: number): void;
  go(sequence: number): void;
  goTo(atMs: number): void;
}

/** Pause, step, slide, and back to now. */
export class Transport {
  readonly element: HTMLElement;
  readonly #pause: HTMLButtonElement;
  readonly #live: HTMLButtonElement;
  readonly #slider = el('input', { type: 'range', min: '0', max: '0', step: '1', 'aria-label': 'Frame of the log' });
  readonly #where = el('output', { class: 'faint' });

  constructor(actions: TransportActions, live: boolean) {
    this.#pause = button('Pause', () => actions.pause(), { 'aria-keyshortcuts': 'Space', class: 'wide' });
    this.#live = button('Live', () => actions.live(), { 'aria-keyshortcuts': 'L' });
    this.#slider.addEventListener('input', () => actions.go(Number(this.#slider.value)));
    const back = button('◀', () => actions.step(-1), {
      'aria-label': 'One frame back',
      'aria-keyshortcuts': 'ArrowLeft',
    });
    const on = button('▶', () => actions.step(1), { 'aria-label': 'One frame on', 'aria-keyshortcuts': 'ArrowRight' });
    this.element = el(
      'div',
      { class: 'transport', role: 'group', 'aria-label': 'Pause and scrub' },
      this.#pause,
      back,
      on,
      this.#slider,
      this.#live,
      ...(live ? [timeForm(actions)] : []),
      this.#where,
    );
  }

  /** @param reel - what is looked at; undefined while it is live */
  show(reel: Reel | undefined, newest: number): void {
    say(this.#pause, reel ? 'Play' : 'Pause');
    mark(this.#live, 'aria-pressed', String(!reel));
    const { oldest, sequence } = reel ?? { oldest: 0, sequence: newest };
    this.#slider.min = String(oldest);
    this.#slider.max = String(Math.max(oldest, newest));
    // While it is dragged it is ahead of us.
    if (document.activeElement !== this.#slider || !reel) this.#slider.value = String(sequence);
    else if (Number(this.#slider.value) !== sequence) this.#slider.value = String(sequence);
    say(this.#where, whereabouts(reel, newest));
  }
}

function whereabouts(reel: Reel | undefined, newest: number): string {
  if (!reel) return `#${newest}, live`;
  if (reel.problem !== undefined) return reel.problem;
  return `#${reel.sequence} of #${reel.oldest} … #${newest}${reel.reading && !reel.frame ? ', reading …' : ''}`;
}

function timeForm(actions: TransportActions): HTMLElement {
  const input = el('input', { type: 'datetime-local', step: '1', 'aria-label': 'Date and time to go to' });
  const form = el('form', { class: 'at' }, input, el('button', { type: 'submit' }, 'Go to'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const atMs = new Date(input.value).getTime();
    if (!Number.isNaN(atMs)) actions.goTo(atMs);
  });
  return form;
}
