import { changeChart } from '../chart/change-chart.ts';
import type { TimeChart } from '../chart/time-chart.ts';
import { tokensChart } from '../chart/tokens-chart.ts';
import { el, mark, say } from '../dom.ts';
import { counted, timeOf } from '../format.ts';
import type { FrameFacts } from '../frame-facts.ts';
import type { Painter } from '../painter.ts';
import { Reel } from '../reel.ts';
import type { Session } from '../session.ts';
import { StillFeed } from '../still-feed.ts';
import { StillMemory } from '../still-memory.ts';
import type { Track } from '../track.ts';
import { ceilingOf } from './card.ts';
import { EventsList } from './events-list.ts';
import { FiguresLine } from './figures-line.ts';
import { legend } from './legend.ts';
import { Picture } from './picture.ts';
import { StateBadge } from './state-badge.ts';
import { Transport } from './transport.ts';

/** Video in the charts, seconds: live, and around the frame that is looked at. */
const SPAN_S = 120;
const AROUND_S = 15;

/** Between two pictures, milliseconds. */
const STILL_MS = 500;

/** One stream, large: its tokens over its picture, its past, its events. */
export class Detail {
  readonly element: HTMLElement;
  readonly track: Track;
  readonly #session: Session;
  readonly #painter: Painter;
  readonly #picture: Picture;
  readonly #badge = new StateBadge();
  readonly #reason = el('p', { class: 'reason' });
  readonly #figures = new FiguresLine();
  readonly #frame = el('p', { class: 'frame', 'data-part': 'frame' });
  readonly #change: TimeChart;
  readonly #tokens: TimeChart;
  readonly #events: EventsList;
  readonly #transport: Transport;
  readonly #memory = new StillMemory();
  readonly #stills: StillFeed;
  /** What is looked at; undefined while it is live. */
  #reel: Reel | undefined;

  constructor(track: Track, session: Session, painter: Painter) {
    this.track = track;
    this.#session = session;
    this.#painter = painter;
    const { live } = track.facts;
    const place = { live, large: true, pick: (sequence: number) => this.go(sequence) };
    this.#picture = new Picture(track.ladder, track.name);
    this.#change = changeChart({ ...place, height: 150 });
    this.#tokens = tokensChart({ ...place, height: 190 }, track.facts.ladder);
    this.#events = new EventsList((sequence) => this.go(sequence));
    const actions = {
      pause: () => this.toggle(),
      live: () => this.live(),
      step: (frames: number) => this.step(frames),
      go: (sequence: number) => this.go(sequence),
      goTo: (atMs: number) => void this.#paused().goTo(atMs),
    };
    this.#transport = new Transport(actions, live);
    this.#stills = new StillFeed(
      track.name,
      () => session.headers,
      (still) => {
        if (still) this.#memory.put(still);
        painter.request();
      },
    );
    this.#stills.start(STILL_MS);
    this.element = this.#layOut();
  }

  /** Whether it stands at a frame of the past. */
  get paused(): boolean {
    return this.#reel !== undefined;
  }

  /** Stops at the newest frame, or goes on with it. */
  toggle(): void {
    if (this.#reel) this.live();
    else this.go(this.track.newest?.sequence ?? 0);
  }

  /** Goes on with what is made now. */
  live(): void {
    this.#reel?.close();
    this.#reel = undefined;
    this.#painter.now();
  }

  /** Looks at the frame so many frames on; back where it is negative. */
  step(frames: number): void {
    const reel = this.#paused();
    // From the frame that is shown: a gap is stepped over.
    const from = frames > 0 ? Math.max(reel.sequence, reel.frame?.sequence ?? 0) : reel.sequence;
    reel.go(from + frames);
  }

  /** Looks at the frame of a packet. */
  go(sequence: number): void {
    this.#paused().go(sequence);
  }

  /** The server is there again. */
  recover(): void {
    this.#reel?.recover();
  }

  /** Brings it up to date. */
  paint(): void {
    const { track } = this;
    const reel = this.#reel;
    const frame = reel ? reel.frame : track.newest;
    this.#badge.show(track.state, track.why);
    say(this.#reason, track.why ?? '');
    this.#figures.show(track.figures, ceilingOf(track.facts));
    this.#paintCharts(frame);
    this.#paintPicture(frame);
    say(this.#frame, frame ? describe(frame, track.facts.live) : 'No frame yet');
    mark(this.#frame, 'data-sequence', String(frame?.sequence ?? ''));
    mark(this.element, 'data-paused', String(this.paused));
    this.#events.show(track.events);
    this.#transport.show(reel, track.newest?.sequence ?? 0, frame?.timeS);
  }

  /** Takes it off the page for good. */
  destroy(): void {
    this.#reel?.close();
    this.#stills.stop();
    this.#change.destroy();
    this.#tokens.destroy();
    this.#picture.destroy();
    this.element.remove();
  }

  #paused(): Reel {
    if (this.#reel) return this.#reel;
    this.#reel = new Reel(
      this.track,
      () => this.#session.connect(),
      () => this.#painter.now(),
    );
    void this.#reel.begin();
    return this.#reel;
  }

  #paintCharts(frame: FrameFacts | undefined): void {
    const { ring, endS } = this.track;
    const middleS = frame?.timeS ?? endS;
    const view = this.#reel
      ? { fromS: middleS - AROUND_S, toS: middleS + AROUND_S, markS: middleS }
      : { fromS: endS - SPAN_S, toS: endS };
    const series = this.#reel ? this.#reel.series : ring.since(view.fromS);
    this.#change.show(series, view);
    this.#tokens.show(series, view);
    const span = this.#reel ? `${2 * AROUND_S} seconds around this frame` : 'the last two minutes';
    this.#change.describe(`${span}, here ${frame?.change.toFixed(3) ?? 'nothing'}`);
    this.#tokens.describe(`${span}, here ${frame?.tokens ?? 'none'}`);
  }

  #paintPicture(frame: FrameFacts | undefined): void {
    const rate = Math.max(1, this.track.figures.framesPerSecond);
    const within = this.#reel ? Math.ceil(rate) : Infinity;
    const note = this.#reel ? 'The log keeps tokens, not pictures' : 'No picture';
    this.#picture.showStill(this.#memory.at(frame?.sequence ?? Infinity, within), note);
    this.#picture.showTokens(frame);
  }

  #layOut(): HTMLElement {
    const back = el('a', { href: '#/', 'aria-keyshortcuts': 'Escape' }, '← all streams');
    const heading = el('h2', { tabindex: '-1' }, this.track.name);
    const square = 'The picture is the square that the encoder sees; the grid lies over exactly that.';
    return el(
      'div',
      { class: 'detail', 'data-stream': this.track.name },
      el('header', {}, back, heading, this.#badge.element),
      this.#reason,
      el(
        'div',
        { class: 'columns' },
        el(
          'section',
          {},
          this.#picture.element,
          this.#frame,
          legend(this.track.ladder),
          el('p', { class: 'faint' }, square),
        ),
        el(
          'section',
          {},
          this.#figures.element,
          el('h3', {}, 'Change score', rootNote()),
          this.#change.element,
          el('h3', {}, 'Tokens per frame', rootNote()),
          this.#tokens.element,
          this.#transport.element,
          this.#events.element,
        ),
      ),
    );
  }
}

function rootNote(): HTMLElement {
  return el('small', {}, ' on a square-root axis');
}

function describe({ sequence, timeS, kind, scale, tokens, change, dropped }: FrameFacts, live: boolean): string {
  const shape = kind === 'hold' ? 'held' : kind === 'uniform' ? 'uniform' : `${kind}, finest ${scale}`;
  const parts = [`#${sequence}`, timeOf(timeS, live), shape, counted(tokens, 'token'), `change ${change.toFixed(3)}`];
  return [...parts, ...(dropped > 0 ? [`▼ ${counted(dropped, 'frame')} let go before`] : [])].join(' · ');
}
