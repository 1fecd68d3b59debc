import type { LoggedPacket } from '../log/packet-log.ts';
import { FramenestError } from '../errors.ts';
import type { Packet } from '../media/packet.ts';
import type { StandingQuery } from '../media/query-reader.ts';
import type { HeldGrid, PacketView } from '../view/packet-view.ts';
import { QueryView } from '../view/query-view.ts';
import { Throttle } from '../view/throttle.ts';
import { viewOf, wholeView } from '../view/view-of.ts';
import { decodePacket, encodePacket } from '../wire/packet-codec.ts';
import { ReplayedGrid } from './replayed-grid.ts';
import type { TokenStream } from './token-stream.ts';

/** A packet as it goes out. */
export interface ShownPacket {
  /** Shared by every subscriber with the same view: never written to. */
  readonly bytes: Uint8Array;
  readonly tokens: number;
}

/** What a subscriber asks to see. */
export interface ViewAsked {
  readonly maxScale?: number | undefined;
  readonly layout?: 'uniform' | 'tree' | undefined;
  readonly tokensPerSecond?: number | undefined;
  readonly dtype?: 'F16' | 'BF16' | 'F32' | 'I8' | undefined;
  readonly values: boolean;
  readonly key: boolean;
  readonly query?: string | undefined;
}

/** Views in which a packet is kept; there are as many as there are questions. */
const VIEWS_KEPT = 16;

/** Packets as a view shows them, by its key: the last 16 that were made. They go with the logged packet that they were made of. */
const shownPackets = new WeakMap<LoggedPacket, Map<string, ShownPacket>>();

/**
 * What one subscriber sees of a stream. A view shows everybody who asks for it the same bytes, made once; only where a
 * subscriber is held to a rate, or has fallen behind, are they its own.
 */
export class SubscriberView {
  readonly #view: PacketView;
  readonly #changesNothing: boolean;
  readonly #stream: TokenStream;
  /** Only who needs it has one: it is as large as a frame. */
  #grid: ReplayedGrid | undefined;
  readonly #key: boolean;
  readonly #rated: boolean;
  readonly #query: StandingQuery | undefined;
  #throttle: Throttle | undefined;
  #maxScale: number | undefined;
  #keyNext: boolean;

  /** @throws FramenestError OPTION_INVALID where it asks for what the stream does not have */
  constructor(stream: TokenStream, { values, key, tokensPerSecond, query, ...options }: ViewAsked) {
    this.#query = query === undefined ? undefined : asked(stream, query);
    const view = viewOf({ ...options, values, query: this.#query }, stream.geometry);
    this.#changesNothing = !view;
    this.#view = view ?? wholeView(stream.geometry);
    this.#stream = stream;
    this.#key = key;
    this.#keyNext = key;
    this.#rated = tokensPerSecond !== undefined;
    if (tokensPerSecond !== undefined) this.#throttle = new Throttle(this.#view, { tokensPerSecond });
  }

  /** Tokens of each scale that it sees, coarsest first. */
  get ladder(): readonly number[] {
    return this.#view.ladder;
  }

  /** From now on it gets scales of at most so many tokens; of its view's, where none is given. */
  limit(maxScale: number | undefined): void {
    this.#maxScale = maxScale;
    if (maxScale !== undefined) this.#throttle ??= new Throttle(this.#view);
  }

  /** Packets are missing before the next one. */
  afterGap(): void {
    this.#keyNext = this.#key;
  }

  /** The packet, where this subscriber gets what is logged or was shown to another. */
  asItIs(packet: LoggedPacket): ShownPacket | undefined {
    if (this.#throttle || this.#keyNext) return undefined;
    return this.#changesNothing ? packet : shownPackets.get(packet)?.get(this.#view.key);
  }

  /**
   * The packet as this subscriber sees it. Call it for each one that it gets, in order.
   * @throws FramenestError WIRE_MALFORMED; ENCODER_FAILED, ENCODER_MISMATCH, ABORTED where its query cannot be understood
   */
  async show(packet: LoggedPacket): Promise<ShownPacket> {
    await this.#query?.ready;
    const decoded = decodePacket(packet.bytes);
    await this.#catchUp(decoded);
    const grid = await this.#gridAfter(decoded);
    const wholly = this.#keyNext;
    this.#keyNext = false;
    if (this.#throttle) return this.#throttled(this.#throttle, decoded, { grid, wholly });
    if (wholly) return shown(this.#view.keyPacket(decoded, grid));
    const made = shown(this.#view.show(decoded, grid));
    // Others see what a receiver of all packets would; of one that misses some it is this subscriber's own.
    if (!this.#grid || this.#grid.exact) keep(packet, this.#view.key, made);
    return made;
  }

  #throttled(throttle: Throttle, packet: Packet, { grid, wholly }: { grid: HeldGrid; wholly: boolean }): ShownPacket {
    const limits = { maxScale: this.#maxScale };
    const made = wholly ? throttle.keyPacket(packet, grid, limits) : throttle.show(packet, grid, limits);
    // Who has caught up, and was told again what it was told too coarsely, sees again what all see.
    if (!this.#rated && this.#maxScale === undefined && throttle.owed === 0) this.#throttle = undefined;
    return shown(made);
  }

  /** A query's view builds on the packet before, also where that was shown to another. */
  async #catchUp(packet: Packet): Promise<void> {
    const view = this.#view;
    if (!(view instanceof QueryView) || view.follows(packet)) return;
    this.#grid ??= new ReplayedGrid(this.#stream);
    const before = await this.#grid.before(packet);
    if (before) view.follow(packet, before);
  }

  #gridAfter(packet: Packet): Promise<Float32Array> | undefined {
    if (!this.#keyNext && !this.#throttle && !this.#view.needsGrid) return undefined;
    this.#grid ??= new ReplayedGrid(this.#stream);
    return this.#grid.after(packet);
  }
}

function keep(packet: LoggedPacket, key: string, made: ShownPacket): void {
  const views = shownPackets.get(packet) ?? new Map<string, ShownPacket>();
  shownPackets.set(packet, views.set(key, made));
  for (const oldest of [...views.keys()].slice(0, -VIEWS_KEPT)) views.delete(oldest);
}

function asked({ name, encoder: { queries } }: TokenStream, query: string): StandingQuery {
  if (queries) return queries.ask(query);
  throw new FramenestError('OPTION_INVALID', {
    what: `"${name}" takes no query: its encoder has no text tower.`,
    mend: 'Leave the query out, or ask of a stream that tells "queries"; docs/encoders.md says which encoders have one.',
  });
}

function shown(packet: Packet): ShownPacket {
  return { bytes: encodePacket(packet), tokens: packet.frames.reduce((sum, frame) => sum + frame.tokens, 0) };
}
