import { changeChart } from '../chart/change-chart.ts';
import type { TimeChart } from '../chart/time-chart.ts';
import { tokensChart } from '../chart/tokens-chart.ts';
import { el, say } from '../dom.ts';
import { number } from '../format.ts';
import type { Session } from '../session.ts';
import { StillFeed } from '../still-feed.ts';
import type { Track } from '../track.ts';
import { FiguresLine } from './figures-line.ts';
import { Picture } from './picture.ts';
import { StateBadge } from './state-badge.ts';

/** Video in a card's charts, seconds. */
const SPAN_S = 60;

/** Between two pictures, milliseconds; more where there are many cards, since a server answers so many requests. */
const STILL_MS = 1_000;
const STILL_MS_A_CARD = 120;

/** One stream among all. */
export class Card {
  readonly element: HTMLElement;
  readonly #track: Track;
  readonly #picture: Picture;
  readonly #badge = new StateBadge();
  readonly #figures = new FiguresLine();
  readonly #change: TimeChart;
  readonly #tokens: TimeChart;
  readonly #changeNow = el('span');
  readonly #tokensNow = el('span');
  readonly #reason = el('p', { class: 'reason' });
  readonly #stills: StillFeed;
  #onScreen = false;

  constructor(track: Track, session: Session, number: number) {
    this.#track = track;
    this.#picture = new Picture(track.ladder, track.name);
    const place = { live: track.facts.live, large: false };
    this.#change = changeChart({ ...place, height: 44 });
    this.#tokens = tokensChart({ ...place, height: 64 }, track.facts.ladder);
    this.#stills = new StillFeed(
      track.name,
      () => session.headers,
      (still) => this.#picture.showStill(still, 'No picture'),
    );
    const link = el('a', { href: `#/stream/${encodeURIComponent(track.name)}` }, track.name);
    if (number <= 9) link.setAttribute('aria-keyshortcuts', String(number));
    const key = number <= 9 ? [el('kbd', { 'aria-hidden': 'true' }, String(number))] : [];
    this.element = el(
      'article',
      { class: 'card', 'data-stream': track.name },
      this.#picture.element,
      el('header', {}, el('h2', {}, link), ...key, this.#badge.element),
      this.#reason,
      this.#figures.element,
      el('p', { class: 'caption' }, 'change score', this.#changeNow),
      this.#change.element,
      el('p', { class: 'caption' }, 'tokens per frame', this.#tokensNow),
      this.#tokens.element,
    );
  }

  /** What it shows. */
  get track(): Track {
    return this.#track;
  }

  /** Whether it can be seen: only then it asks for anything. */
  get onScreen(): boolean {
    return this.#onScreen;
  }

  /** @param cards - that can be seen at once */
  appear(cards: number): void {
    this.#onScreen = true;
    this.#stills.start(Math.max(STILL_MS, cards * STILL_MS_A_CARD));
  }

  /** Cannot be seen any more. */
  vanish(): void {
    this.#onScreen = false;
    this.#stills.stop();
  }

  /** Brings it up to date. */
  paint(): void {
    const { ring, newest, endS, state, why, facts } = this.#track;
    this.#badge.show(state, why);
    say(this.#reason, why ?? '');
    if (!this.#onScreen) return;
    const view = { fromS: endS - SPAN_S, toS: endS };
    const series = ring.since(view.fromS);
    this.#change.show(series, view);
    this.#tokens.show(series, view);
    const change = newest ? newest.change.toFixed(3) : '–';
    const tokens = newest ? String(newest.tokens) : '–';
    say(this.#changeNow, change);
    say(this.#tokensNow, tokens);
    this.#change.describe(`the last minute, ${change} now`);
    this.#tokens.describe(`the last minute, ${tokens} now`);
    const { figures } = this.#track;
    this.#figures.show(figures, ceilingOf(facts));
    this.#figures.element.setAttribute('data-rate', number(figures.tokensPerSecond));
    this.#picture.showTokens(newest);
  }

  /** Takes it off the page for good. */
  destroy(): void {
    this.vanish();
    this.#change.destroy();
    this.#tokens.destroy();
    this.#picture.destroy();
    this.element.remove();
  }
}

/** Tokens a second that a stream never exceeds, where it says so. */
export function ceilingOf(facts: object): number | undefined {
  const ceiling: unknown = Reflect.get(facts, 'tokensPerSecond');
  return typeof ceiling === 'number' ? ceiling : undefined;
}
