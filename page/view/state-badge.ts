import { el, mark, say } from '../dom.ts';
import type { State } from '../track.ts';

/** Words and marks: no state is told by its colour alone. */
const words: Readonly<Record<State, readonly [mark: string, word: string]>> = {
  connecting: ['◌', 'connecting'],
  live: ['●', 'live'],
  stalled: ['◐', 'stalled'],
  'backing-off': ['↻', 'trying again'],
  failed: ['✕', 'failed'],
  ended: ['■', 'ended'],
  unknown: ['○', 'not known'],
};

/** Where a source stands. */
export class StateBadge {
  readonly element = el('span', { class: 'state' });
  readonly #mark = el('span', { 'aria-hidden': 'true' });
  readonly #word = el('span');

  constructor() {
    this.element.append(this.#mark, this.#word);
  }

  /** @param why - for who points at it */
  show(state: State, why: string | undefined): void {
    const [symbol, word] = words[state];
    say(this.#mark, symbol);
    say(this.#word, word);
    mark(this.element, 'data-state', state);
    if (why === undefined) this.element.removeAttribute('title');
    else mark(this.element, 'title', why);
  }
}
