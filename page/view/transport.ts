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
  /** Of the frame that is looked at, seconds. */
  #timeS: number | undefined;

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
      ...(live ? [timeForm(actions, () => this.#timeS)] : []),
      this.#where,
    );
  }

  /**
   * @param reel - what is looked at; undefined while it is live
   * @param timeS - of the frame that is looked at
   */
  show(reel: Reel | undefined, newest: number, timeS: number | undefined): void {
    this.#timeS = timeS;
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
  const notice = reel.notice === undefined ? '' : `${reel.notice}. `;
  const isHere = reel.frame?.sequence === reel.sequence;
  const state = isHere ? '' : reel.reading ? ' (reading …)' : ' (missing)';
  return `${notice}#${reel.sequence}${state} of #${reel.oldest} … #${newest}`;
}

/** @param now - of the frame that is looked at, seconds: nobody wants to type a whole date */
function timeForm(actions: TransportActions, now: () => number | undefined): HTMLElement {
  const label = 'Date and time to go to';
  const input = el('input', { type: 'datetime-local', step: '1', required: true, 'aria-label': label });
  input.addEventListener('focus', () => {
    const timeS = now();
    if (input.value === '' && timeS !== undefined) input.value = localTime(timeS);
  });
  const form = el('form', { class: 'at' }, input, el('button', { type: 'submit' }, 'Go to'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const atMs = new Date(input.value).getTime();
    if (!Number.isNaN(atMs)) actions.goTo(atMs);
  });
  return form;
}

/** A time as its field has it: in the reader's own clock, to the second. */
function localTime(timeS: number): string {
  const minutesBehind = new Date(timeS * 1000).getTimezoneOffset();
  return new Date((timeS - minutesBehind * 60) * 1000).toISOString().slice(0, 19);
}
