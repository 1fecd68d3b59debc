import { el, say } from '../dom.ts';

/** Asks for a bearer token until one is given. It is kept for this tab alone, and forgotten with it. */
export class TokenDialog {
  readonly element: HTMLDialogElement;
  readonly #input = el('input', { type: 'password', name: 'token', autocomplete: 'off', required: true, id: 'token' });
  readonly #why = el('p', { role: 'alert' });
  #given: ((token: string) => void) | undefined;

  constructor() {
    const form = el(
      'form',
      {},
      el('h2', {}, 'A token, please'),
      this.#why,
      el('label', { for: 'token' }, 'This server asks who is there. Token:'),
      this.#input,
      el('button', { type: 'submit' }, 'Connect'),
      el('p', { class: 'faint' }, 'It stays in this tab and goes with it.'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const token = this.#input.value.trim();
      if (token === '') return;
      this.#input.value = '';
      this.element.close();
      this.#given?.(token);
    });
    this.element = el('dialog', { 'aria-label': 'Token', class: 'token' }, form);
    // There is nothing behind it to go back to.
    this.element.addEventListener('cancel', (event) => event.preventDefault());
  }

  /** @param why - what was wrong with the last one; may be empty */
  ask(why: string): Promise<string> {
    say(this.#why, why);
    if (!this.element.open) this.element.showModal();
    return new Promise((resolve) => (this.#given = resolve));
  }
}
