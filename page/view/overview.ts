import { el } from '../dom.ts';
import type { Session } from '../session.ts';
import type { Track } from '../track.ts';
import { Card } from './card.ts';
import { legend } from './legend.ts';

/** Every stream as a card. */
export class Overview {
  readonly element = el('div', { class: 'overview' });
  readonly #grid = el('div', { class: 'cards' });
  readonly #key = el('div');
  readonly #session: Session;
  readonly #cards = new Map<string, Card>();
  readonly #seen: IntersectionObserver;

  /** @param changed - other cards are on the screen now */
  constructor(session: Session, changed: () => void) {
    this.#session = session;
    this.element.append(this.#key, this.#grid);
    this.#seen = new IntersectionObserver((entries) => {
      const cards = [...this.#cards.values()];
      const seen = new Set(cards.filter(({ onScreen }) => onScreen).map(({ element }) => element as Element));
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) seen.add(target);
        else seen.delete(target);
      }
      for (const card of cards) {
        if (seen.has(card.element)) card.appear(seen.size);
        else card.vanish();
      }
      changed();
    });
  }

  /** Streams that can be seen. */
  get visible(): readonly Track[] {
    return [...this.#cards.values()].filter(({ onScreen }) => onScreen).map(({ track }) => track);
  }

  /** Shows these streams, in this order; cards of others go. */
  show(tracks: readonly Track[], nothing: string): void {
    for (const [name, card] of this.#cards) {
      if (!tracks.includes(card.track)) this.#remove(name, card);
    }
    tracks.forEach((track, i) => {
      const card = this.#cards.get(track.name) ?? this.#add(track, i + 1);
      if (this.#grid.children[i] !== card.element)
        this.#grid.insertBefore(card.element, this.#grid.children[i] ?? null);
    });
    const [first] = tracks;
    this.#key.replaceChildren(first ? legend(first.ladder) : el('p', { class: 'empty', role: 'status' }, nothing));
  }

  /** Goes to the card of a stream that was looked at, if there still is one. */
  returnTo(track: Track): void {
    const card = this.#cards.get(track.name);
    card?.element.querySelector('a')?.focus({ preventScroll: true });
    // Charts have their height a moment later.
    requestAnimationFrame(() => card?.element.scrollIntoView({ block: 'center' }));
  }

  /** Brings every card up to date. */
  paint(): void {
    for (const card of this.#cards.values()) card.paint();
  }

  /** Takes it off the page for good. */
  destroy(): void {
    this.#seen.disconnect();
    for (const [name, card] of this.#cards) this.#remove(name, card);
    this.element.remove();
  }

  #add(track: Track, number: number): Card {
    const card = new Card(track, this.#session, number);
    this.#cards.set(track.name, card);
    this.#seen.observe(card.element);
    return card;
  }

  #remove(name: string, card: Card): void {
    this.#seen.unobserve(card.element);
    card.destroy();
    this.#cards.delete(name);
  }
}
