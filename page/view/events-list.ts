import type { StreamEvent } from '../../src/client/index.ts';
import { button, el } from '../dom.ts';
import { timeOf } from '../format.ts';

const words: Readonly<Record<StreamEvent['event'], string>> = {
  cut: 'Cut',
  'activity-start': 'Activity begins',
  'activity-end': 'Activity ends',
  lost: 'Lost',
  back: 'Back',
};

/** The latest events of a stream, newest first. */
export class EventsList {
  readonly element: HTMLElement;
  readonly #list = el('ol');
  readonly #go: (sequence: number) => void;
  #shown: StreamEvent | undefined;
  #started = false;

  /** @param go - looks at the frame of an event */
  constructor(go: (sequence: number) => void) {
    this.#go = go;
    this.element = el('section', { class: 'events' }, el('h3', {}, 'Events'), this.#list);
  }

  /** @param events - newest first */
  show(events: readonly StreamEvent[]): void {
    if (this.#started && events[0] === this.#shown) return;
    this.#started = true;
    this.#shown = events[0];
    if (events.length === 0)
      this.#list.replaceChildren(el('li', { class: 'faint' }, 'None since this page was opened.'));
    else this.#list.replaceChildren(...events.map((event) => this.#item(event)));
  }

  #item({ event, atMs, sequence, reason }: StreamEvent): HTMLElement {
    const time = el('time', { datetime: new Date(atMs).toISOString() }, timeOf(atMs / 1000, true));
    const text = reason ? `${words[event]}: ${reason.what}` : words[event];
    const what =
      sequence === undefined
        ? el('span', {}, text)
        : button(`${text} · #${sequence}`, () => this.#go(sequence), { class: 'plain', title: 'Look at this frame' });
    return el('li', { 'data-event': event }, time, what);
  }
}
