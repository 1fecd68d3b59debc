import { FramenestError } from '../src/client/index.ts';
import type { Client, Packet, StreamEvent, StreamFacts, StreamState, SubscriptionItem } from '../src/client/index.ts';
import type { Ladder } from '../src/media/token-scale.ts';
import { makeLadder } from '../src/scales/ladder.ts';
import { frameFacts } from './frame-facts.ts';
import type { FrameFacts } from './frame-facts.ts';
import { SeriesRing } from './series.ts';
import { whyNotLive } from './why-not-live.ts';

/** Frames kept of a stream: 2 minutes at 16 frames a second. */
const FRAMES = 2_000;

/** How far back the page looks when it begins to follow a stream, milliseconds. */
const BACK_MS = 120_000;

/** Events kept of a stream. */
const EVENTS = 50;

/** Between two tries to follow a stream that cannot be followed, milliseconds. */
const REST_MS = 5_000;

/** Figures of now are means over so much video, seconds. */
const NOW_S = 5;

/** Where a source stands, in the protocol's words; `unknown` while there is no server to tell. */
export type State = StreamFacts['state'] | 'unknown';

/** What the page knows of a stream now. */
export interface Figures {
  readonly framesPerSecond: number;
  readonly tokensPerSecond: number;
  /** Within what is kept. */
  readonly dropped: number;
  readonly missing: number;
}

/** One stream as the page follows it. Memory: 2,000 frames, 50 events. */
export class Track {
  readonly name: string;
  readonly ring: SeriesRing;
  readonly ladder: Ladder;
  readonly events: StreamEvent[] = [];
  facts: StreamFacts;
  state: State;
  newest: FrameFacts | undefined;
  readonly #changed: () => void;
  /** The clock of the server's frames less ours, seconds. */
  #skewS = 0;
  /** What was told last of its source. */
  #stood: StreamState | undefined;
  /** Why it cannot be followed. */
  #trouble: string | undefined;
  #following: AbortController | undefined;
  /** There is nothing to follow before; Unix time, milliseconds. */
  #restUntilMs = 0;

  constructor(facts: StreamFacts, changed: () => void) {
    this.name = facts.name;
    this.facts = facts;
    this.state = facts.state;
    this.ladder = makeLadder(facts.gridSide, facts.ladder);
    this.ring = new SeriesRing(FRAMES, facts.ladder.length);
    this.#changed = changed;
  }

  /** Why it is not live, and what comes next; undefined where there is nothing to say. */
  get why(): string | undefined {
    const told = this.#stood?.state === this.state ? whyNotLive(this.#stood) : undefined;
    return told ?? this.#trouble;
  }

  /** Time at the right edge of its charts, seconds. */
  get endS(): number {
    const last = this.newest?.timeS ?? 0;
    const running = this.facts.live && !isOver(this.state);
    return running ? Math.max(last, Date.now() / 1000 + this.#skewS) : last;
  }

  /** Its figures now. */
  get figures(): Figures {
    const all = this.ring.since(-Infinity);
    const endS = this.endS;
    const now = this.ring.since(endS - NOW_S);
    const kept = endS - (all.timeS[0] ?? endS);
    const spanS = Math.min(NOW_S, kept > 0 ? kept : NOW_S);
    return {
      framesPerSecond: now.timeS.length / spanS,
      tokensPerSecond: sum(now.tokens) / spanS,
      dropped: sum(all.dropped),
      missing: sum(all.missing),
    };
  }

  /** Follows it, from where it was left or from two minutes ago, until `leave`. Does nothing while it is followed. */
  follow(client: Client): void {
    if (this.#following || Date.now() < this.#restUntilMs) return;
    const abort = new AbortController();
    this.#following = abort;
    this.#read(client, abort.signal)
      .catch((thrown: unknown) => this.#failed(thrown))
      .finally(() => {
        if (this.#following === abort) this.#following = undefined;
        this.#changed();
      });
  }

  /** Follows it no more. What was received stays. */
  leave(): void {
    this.#following?.abort();
    this.#following = undefined;
  }

  /** Whether these facts are of the stream as it is drawn here: its ladder may have been changed under its name. */
  fits({ live, gridSide, ladder }: StreamFacts): boolean {
    return live === this.facts.live && gridSide === this.facts.gridSide && ladder.join() === this.facts.ladder.join();
  }

  /** Nobody tells of it for now. What is over stays so. */
  lose(): void {
    if (!isOver(this.state)) this.state = 'unknown';
  }

  /** Newer facts of the same stream. */
  update(facts: StreamFacts): void {
    // One that is over was followed to its end, unless it begins anew.
    if (facts.state !== this.state && !isOver(facts.state)) this.#restUntilMs = 0;
    this.facts = facts;
    this.state = facts.state;
  }

  /** Its source stands there now. */
  stand(state: StreamState): void {
    this.#stood = state;
    this.state = state.state;
    this.#trouble = undefined;
  }

  /** Keeps an event. */
  note(event: StreamEvent): void {
    this.events.unshift(event);
    this.events.length = Math.min(EVENTS, this.events.length);
  }

  async #read(client: Client, signal: AbortSignal): Promise<void> {
    const options = { from: this.#from(), values: false, window: 64, signal };
    let missing = 0;
    for await (const item of client.subscribe(this.name, options)) {
      if (signal.aborted) return;
      if (item.type === 'packet') this.#receive(item.packet, missing);
      missing = item.type === 'packet' ? 0 : missing + this.#hear(item);
      this.#changed();
    }
  }

  #receive(packet: Packet, missing: number): void {
    // One that was restarted without a log while nobody looked counts anew.
    if (packet.header.sequence <= (this.newest?.sequence ?? -1)) this.#forget();
    this.#trouble = undefined;
    for (const frame of frameFacts(packet, this.ladder)) this.#take(frame, missing);
  }

  /** @returns packets that are missing by it. What had expired before the first one here is not missed. */
  #hear(item: Exclude<SubscriptionItem, { type: 'packet' }>): number {
    // Until the server offers it anew.
    if (item.type === 'end') this.#restUntilMs = Infinity;
    const isMissed = item.type === 'gap' && (item.reason !== 'expired' || this.newest !== undefined);
    return isMissed ? item.to - item.from + 1 : 0;
  }

  #take(frame: FrameFacts, missing: number): void {
    this.ring.push(frame, missing);
    this.newest = frame;
    this.#skewS = frame.timeS - Date.now() / 1000;
  }

  /** Where it was left, if that is not long ago: its charts go on without a hole. */
  #from(): number | 'start' | { readonly atMs: number } {
    const last = this.newest;
    if (last && this.endS - last.timeS < BACK_MS / 1000) return last.sequence + 1;
    this.#forget();
    // A file that has ended is looked at as a whole, as far as the log keeps it.
    return this.facts.live || this.state !== 'ended' ? { atMs: Math.max(0, Date.now() - BACK_MS) } : 'start';
  }

  #forget(): void {
    this.ring.clear();
    this.newest = undefined;
  }

  #failed(thrown: unknown): void {
    if (this.#restUntilMs === Infinity) return;
    // The server counts its packets anew, as one without a log does that was restarted: what is here is of other ones.
    if (thrown instanceof FramenestError && thrown.code === 'ABORTED') return this.#forget();
    this.#restUntilMs = Date.now() + REST_MS;
    this.#trouble = thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function isOver(state: State): boolean {
  return state === 'ended' || state === 'failed';
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
