import type { Client } from '../src/client/index.ts';
import { button, el, mark, say } from './dom.ts';
import { listenToKeys } from './keys.ts';
import { Painter } from './painter.ts';
import { Session } from './session.ts';
import { startTheme, theme } from './theme.ts';
import { Track } from './track.ts';
import { Detail } from './view/detail.ts';
import { helpDialog } from './view/help.ts';
import { Overview } from './view/overview.ts';
import { TokenDialog } from './view/token-dialog.ts';

/** A server takes so many subscriptions of one session. */
const SUBSCRIPTIONS = 64;

/** How often the page looks whether something changed that nobody told, milliseconds. */
const LOOK_MS = 500;

/** The page: what there is on the server, and the view that the address names. */
export class App {
  readonly #tracks = new Map<string, Track>();
  readonly #session: Session;
  readonly #painter = new Painter(() => this.#paint());
  readonly #main = el('main', { id: 'main' });
  readonly #connection = el('p', { class: 'connection', role: 'status' });
  readonly #tokens = new TokenDialog();
  readonly #help = helpDialog();
  readonly #themeButton: HTMLButtonElement;
  #client: Client | undefined;
  /** What the client offered when it was last looked at. */
  #offered: Client['streams'] | undefined;
  #view: Overview | Detail;

  constructor() {
    this.#session = new Session({
      opened: (client) => this.#opened(client),
      back: () => this.#back(),
      lost: (why) => this.#lost(why),
      over: () => {
        this.#client = undefined;
        for (const track of this.#tracks.values()) track.leave();
      },
      happened: (event) => {
        this.#tracks.get(event.stream)?.note(event);
        this.#painter.request();
      },
      stands: (state) => {
        // It may be of a stream that has just come.
        this.#look();
        this.#tracks.get(state.stream)?.stand(state);
      },
      askToken: (why) => this.#tokens.ask(why),
    });
    const toggle = startTheme(() => this.#painter.now());
    this.#themeButton = button('', toggle, { class: 'icon', 'aria-keyshortcuts': 'T' });
    this.#view = new Overview(this.#session, () => this.#changed());
    document.body.append(this.#header(), this.#main, this.#help, this.#tokens.element);
    listenToKeys({
      open: (number) => this.#open(number),
      back: () => (location.hash = '#/'),
      pause: () => this.#detail?.toggle(),
      live: () => this.#detail?.live(),
      step: (frames) => this.#detail?.step(frames),
      theme: toggle,
      help: () => this.#help.showModal(),
    });
  }

  /** Begins. */
  start(): void {
    window.addEventListener('hashchange', () => this.#route());
    document.addEventListener('visibilitychange', () => this.#changed());
    this.#main.append(this.#view.element);
    say(this.#connection, 'connecting …');
    this.#route();
    setInterval(() => this.#look(), LOOK_MS);
    void this.#session.run();
  }

  get #detail(): Detail | undefined {
    return this.#view instanceof Detail ? this.#view : undefined;
  }

  get #onScreen(): readonly Track[] {
    return this.#view instanceof Detail ? [this.#view.track] : this.#view.visible;
  }

  get #all(): readonly Track[] {
    return [...this.#tracks.values()];
  }

  #header(): HTMLElement {
    const help = button('?', () => this.#help.showModal(), {
      class: 'icon',
      'aria-label': 'Keys',
      'aria-keyshortcuts': '?',
    });
    const skip = el('a', { href: '#main', class: 'skip' }, 'Skip to the streams');
    skip.addEventListener('click', (event) => {
      event.preventDefault();
      this.#main.querySelector<HTMLElement>('a, button')?.focus();
    });
    const title = el('h1', {}, el('a', { href: '#/' }, 'framenest'));
    return el('header', { class: 'top' }, skip, title, this.#connection, this.#themeButton, help);
  }

  #opened(client: Client): void {
    this.#client = client;
    for (const track of this.#tracks.values()) track.leave();
    this.#back();
  }

  #back(): void {
    this.#offered = undefined;
    mark(this.#connection, 'data-state', 'open');
    this.#look();
    this.#detail?.recover();
  }

  #lost(why: string): void {
    mark(this.#connection, 'data-state', 'lost');
    say(this.#connection, `${why} Trying again …`);
    for (const track of this.#tracks.values()) track.lose();
    this.#painter.request();
  }

  /** Streams come and go; time goes on where no frame comes. */
  #look(): void {
    const offered = this.#client?.streams;
    if (offered && offered !== this.#offered) {
      this.#offered = offered;
      this.#takeIn(offered);
      this.#route();
    }
    this.#changed();
  }

  #takeIn(offered: Client['streams']): void {
    const names = new Set(offered.map(({ name }) => name));
    for (const [name, track] of this.#tracks) {
      if (names.has(name)) continue;
      track.leave();
      this.#tracks.delete(name);
    }
    for (const facts of offered) {
      const known = this.#tracks.get(facts.name);
      if (known?.fits(facts)) known.update(facts);
      else {
        known?.leave();
        this.#tracks.set(facts.name, new Track(facts, () => this.#painter.request()));
      }
    }
    say(this.#connection, offered.length === 1 ? '1 stream' : `${offered.length} streams`);
  }

  /** Follows what is on the screen and nothing else; nothing at all in a tab that is hidden. */
  #changed(): void {
    const client = this.#client;
    const followed = new Set(document.hidden ? [] : this.#onScreen.slice(0, SUBSCRIPTIONS));
    for (const track of this.#tracks.values()) {
      if (!followed.has(track)) track.leave();
      else if (client) track.follow(client);
    }
    this.#painter.request();
  }

  #open(number: number): void {
    const track = this.#all[number - 1];
    if (track) location.hash = `#/stream/${encodeURIComponent(track.name)}`;
  }

  /** Shows what the address names. */
  #route(): void {
    const [, name] = /^#\/stream\/(.+)$/.exec(location.hash) ?? [];
    const track = name === undefined ? undefined : this.#tracks.get(decodeURIComponent(name));
    if (track && this.#detail?.track === track) return;
    if (!track && this.#view instanceof Overview) return this.#showAll(this.#view);
    if (track) this.#showOne(track);
    else this.#showOverview();
    this.#changed();
    this.#painter.now();
  }

  #showOne(track: Track): void {
    this.#show(new Detail(track, this.#session, this.#painter));
    this.#view.element.querySelector('h2')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  /** Its reader is where they were before they opened a stream. */
  #showOverview(): void {
    const left = this.#detail?.track;
    const overview = new Overview(this.#session, () => this.#changed());
    this.#show(overview);
    this.#showAll(overview);
    if (left) overview.returnTo(left);
  }

  #show(view: Overview | Detail): void {
    this.#view.destroy();
    this.#view = view;
    this.#main.append(view.element);
  }

  #showAll(overview: Overview): void {
    const nothing = this.#client
      ? 'No stream yet. Give the server a source, and it shows up here.'
      : 'Waiting for the server …';
    overview.show(this.#all, nothing);
  }

  #paint(): void {
    const other = theme() === 'dark' ? 'light' : 'dark';
    say(this.#themeButton, other === 'dark' ? '☾' : '☀');
    mark(this.#themeButton, 'aria-label', `Switch to ${other}`);
    document.title = this.#detail ? `${this.#detail.track.name} · framenest` : 'framenest';
    this.#view.paint();
  }
}
