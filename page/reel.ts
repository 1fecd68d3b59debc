import type { Client, SubscribeOptions, SubscriptionItem } from '../src/client/index.ts';
import { frameFacts } from './frame-facts.ts';
import type { FrameFacts } from './frame-facts.ts';
import { seriesOf } from './series.ts';
import type { Series } from './series.ts';
import type { Track } from './track.ts';

/** Frames read before and after the one that is looked at. */
const AROUND = 400;

type From = number | 'start' | { readonly atMs: number };

/** Frames kept at most. */
const KEPT = 2 * AROUND + 1;

/** Nothing of the past comes late: what has not come by then is not there, milliseconds. */
const PATIENCE_MS = 5_000;

/**
 * A piece of a stream's log around one packet, for scrubbing. Reads over a connection of its own, since a connection
 * follows a stream once at a time. Holds 801 frames at most.
 */
export class Reel {
  readonly #track: Track;
  readonly #connect: () => Promise<Client>;
  readonly #changed: () => void;
  #client: Promise<Client> | undefined;
  #frames: FrameFacts[] = [];
  /** Packets missing before a sequence. */
  #missing = new Map<number, number>();
  #reading: { readonly from: number; readonly to: number; readonly abort: AbortController } | undefined;
  /** What was there when it was paused: shown until the log is read. */
  readonly #begun: FrameFacts | undefined;
  #turn: Promise<void> = Promise.resolve();
  /** Lowest sequence that the log still has. */
  oldest = 0;
  /** What the reader looks at. */
  sequence: number;
  /** Why nothing is shown, where nothing is. */
  problem: string | undefined;
  /** Why the last wish was not met, where it was not. */
  notice: string | undefined;

  constructor(track: Track, connect: () => Promise<Client>, changed: () => void) {
    this.#track = track;
    this.#connect = connect;
    this.#changed = changed;
    this.#begun = track.newest;
    this.sequence = track.newest?.sequence ?? 0;
  }

  /** Highest sequence known. */
  get newest(): number {
    return this.#track.newest?.sequence ?? 0;
  }

  /** More is on its way. */
  get reading(): boolean {
    return this.#reading !== undefined;
  }

  /** The frame that is looked at: of its packet, or of the next one where that is missing; until it is read, another. */
  get frame(): FrameFacts | undefined {
    if (this.#has(this.sequence)) return this.#frames.find(({ sequence }) => sequence >= this.sequence);
    if (this.#begun?.sequence === this.sequence) return this.#begun;
    return this.#frames.at(-1) ?? this.#begun;
  }

  /** What is here, for the charts. */
  get series(): Series {
    return seriesOf(this.#frames, this.#track.ladder.scales.length, this.#missing);
  }

  /** Learns how far back the log goes, and reads what is around the frame that is looked at. */
  async begin(): Promise<void> {
    this.oldest = (await this.#first('start')) ?? this.oldest;
    this.#look(this.sequence);
  }

  /** Looks at a packet; reads what is around it where that is not here yet. */
  go(sequence: number): void {
    this.notice = undefined;
    this.#look(sequence);
  }

  /** Looks at what there was at a time of day. */
  async goTo(atMs: number): Promise<void> {
    this.notice = undefined;
    // The log would have us wait for it.
    const isToCome = atMs > 1000 * (this.#track.newest?.timeS ?? Infinity);
    const found = isToCome ? undefined : await this.#first({ atMs });
    if (found === undefined) this.notice = 'There is no frame of that time or later';
    this.#look(found ?? this.sequence);
  }

  /** The server is there again: reads what could not be read. */
  recover(): void {
    if (this.problem !== undefined) void this.begin();
  }

  /** Lets go of its connection. */
  close(): void {
    this.#reading?.abort.abort();
    void this.#client?.then((client) => client.close()).catch(() => undefined);
    this.#client = undefined;
  }

  #look(sequence: number): void {
    this.sequence = Math.max(this.oldest, Math.min(this.newest, sequence));
    this.#changed();
    if (this.#has(this.sequence) || this.#isComing(this.sequence)) return;
    const from = Math.max(0, this.sequence - AROUND);
    void this.#read(from, this.sequence + AROUND);
  }

  #has(sequence: number): boolean {
    const [first, last] = [this.#frames[0], this.#frames.at(-1)];
    return first !== undefined && last !== undefined && first.sequence <= sequence && sequence <= last.sequence;
  }

  #isComing(sequence: number): boolean {
    const reading = this.#reading;
    return reading !== undefined && reading.from <= sequence && sequence <= reading.to;
  }

  async #first(from: 'start' | { readonly atMs: number }): Promise<number | undefined> {
    let found: number | undefined;
    await this.#take(from, 1, (item) => {
      if (item.type === 'packet') found = item.packet.header.sequence;
      if (item.type === 'gap') found = item.to + 1;
      return found !== undefined;
    });
    return found;
  }

  /** The newest call counts: one before it that is still under way ends. */
  async #read(from: number, to: number): Promise<void> {
    this.#reading?.abort.abort();
    const mine = (this.#reading = { from, to, abort: new AbortController() });
    const last = Math.min(to, this.newest);
    const frames: FrameFacts[] = [];
    const missing = new Map<number, number>();
    const take = (item: SubscriptionItem): boolean => {
      if (item.type === 'gap' && item.reason === 'expired') this.oldest = Math.max(this.oldest, item.to + 1);
      else if (item.type === 'gap') missing.set(item.to + 1, item.to - item.from + 1);
      else if (item.type === 'packet') frames.push(...frameFacts(item.packet, this.#track.ladder));
      return placeOf(item) >= last || frames.length >= KEPT;
    };
    await this.#take(from, 64, take, mine.abort.signal);
    if (this.#reading !== mine) return;
    this.#reading = undefined;
    if (frames.length > 0) {
      this.#frames = frames;
      this.#missing = missing;
    } else this.problem ??= 'The server does not answer.';
    this.#changed();
  }

  /** Takes items of the past until `done` says so, after what was asked for before. */
  async #take(
    from: From,
    window: number,
    done: (item: SubscriptionItem) => boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    const limit = AbortSignal.timeout(PATIENCE_MS);
    const options = { from, window, values: false, signal: signal ? AbortSignal.any([signal, limit]) : limit };
    const before = this.#turn;
    this.#turn = before.then(() => this.#subscribe(options, done));
    await this.#turn;
  }

  /** Never rejects. */
  async #subscribe(options: SubscribeOptions, done: (item: SubscriptionItem) => boolean): Promise<void> {
    if (options.signal?.aborted) return;
    try {
      this.#client ??= this.#connect();
      const client = await this.#client;
      for await (const item of client.subscribe(this.#track.name, options)) if (done(item)) break;
      this.problem = undefined;
    } catch (thrown) {
      this.#client = undefined;
      this.problem = thrown instanceof Error ? thrown.message : String(thrown);
    }
  }
}

/** Of the last packet that an item tells of; of the end, beyond all. */
function placeOf(item: SubscriptionItem): number {
  if (item.type === 'packet') return item.packet.header.sequence;
  if (item.type === 'gap') return item.to;
  return item.type === 'end' ? Infinity : -Infinity;
}
