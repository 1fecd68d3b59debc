import { Subject } from 'rxjs';
import type { Observable, Subscription } from 'rxjs';
import { FramenestError, asFramenestError } from '../errors.ts';
import { Notifier } from '../flow/notifier.ts';
import type { KeptState, PacketLog, StreamTotals } from '../log/packet-log.ts';
import { PacketRing } from '../log/packet-ring.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Packet } from '../media/packet.ts';
import type { SourceStatus } from '../media/source-status.ts';
import { formatTimebase } from '../media/timebase.ts';
import { StreamCounts } from '../operators/measure.ts';
import { StillSlot } from '../operators/take-stills.ts';
import { Camera } from '../pipeline/camera.ts';
import { ladderOf, layoutOf } from '../pipeline/choosers.ts';
import { parsePipelineOptions } from '../pipeline/pipeline-options.ts';
import type { StreamEvent, StreamFacts } from '../wire/control-message.ts';
import type { ViewGeometry } from '../view/packet-view.ts';
import { FileStatus } from './file-status.ts';
import { PacketWriter } from './packet-writer.ts';
import type { TokenStreamParts } from './stream-parts.ts';
import { StreamReader } from './stream-reader.ts';
import { streamRun } from './stream-run.ts';

const PATIENCE_MS = 10_000;

/** Where a reader begins. */
export type ReadFrom = 'live' | 'start' | number | { readonly atMs: number };

/**
 * One source for any number of readers. A camera starts at once and never waits; a file starts with its first reader and
 * waits for the slowest, though not for one that has taken nothing for a while.
 * Memory is bounded by what the log keeps plus the pipeline's window.
 */
export class TokenStream {
  readonly name: string;
  readonly live: boolean;
  readonly counts = new StreamCounts();
  /** Its newest picture, while somebody asks for it. */
  readonly stills = new StillSlot();
  /** What happens in it, from now on. */
  readonly events: Observable<StreamEvent>;
  /** Its packets; a stream that takes this one's place goes on with it. */
  readonly log: PacketLog;
  /** What its grids are rebuilt with, and the shape and number format of its packets. */
  readonly geometry: ViewGeometry;
  /** Its place at the encoder. Whether it can be asked about its features, and how many of its frames wait there. */
  readonly encoder: Pick<TokenStreamParts['encoder'], 'queries' | 'waiting'>;
  readonly #parts: TokenStreamParts;
  /** Tokens a second. */
  readonly #ceiling: number | undefined;
  readonly #packets: Observable<Packet>;
  readonly #readers = new Set<StreamReader>();
  readonly #signals = { appended: new Notifier(), moved: new Notifier() };
  readonly #packetsNow = new Subject<Packet>();
  readonly #stop = new AbortController();
  #running: Subscription | undefined;
  readonly #writer: PacketWriter;
  readonly #file: FileStatus;
  #ended = false;
  #error: FramenestError | undefined;

  /** @throws FramenestError OPTION_INVALID, LADDER_INVALID */
  constructor(parts: TokenStreamParts) {
    const { name, source, encoder, options } = parts;
    const { gridSide, channels } = encoder.facts;
    const checked = parsePipelineOptions({ ...options, stream: name });
    const ladder = ladderOf(checked, gridSide).scales.map((scale) => scale.tokens);
    this.name = name;
    this.encoder = encoder;
    this.live = source instanceof Camera || (source?.facts.live ?? false);
    this.log = parts.log ?? new PacketRing();
    this.geometry = { ladder, gridSide, channels, dtype: checked.dtype, layout: layoutOf(checked) };
    this.#parts = parts;
    this.#ceiling = checked.policy === 'rate' ? checked.tokensPerSecond : undefined;
    this.#writer = new PacketWriter(this.log, this.geometry);
    const sink = (packet: Packet): Promise<void> => this.#append(packet);
    const { counts, stills, log } = this;
    const run = streamRun(parts, { sink, counts, stills, log, idle: () => this.#writer.idle() });
    this.events = run.events;
    this.#packets = run.packets;
    this.#file = new FileStatus(checked.epoch);
    if (!source) this.#finish();
    if (this.live) this.#start();
  }

  /** As `welcome` tells it. */
  get facts(): StreamFacts {
    const { ladder, gridSide, channels } = this.geometry;
    const source = this.source;
    return {
      ...{ name: this.name, live: this.live, state: this.status.state },
      encoder: this.#parts.encoder.facts.digest,
      ...{ channels, gridSide, ladder: [...ladder] },
      ...(source && { timebase: formatTimebase(source.facts.timebase) }),
      ...(this.#ceiling !== undefined && { tokensPerSecond: this.#ceiling }),
      durable: this.log.durable,
      queries: this.encoder.queries !== undefined,
    };
  }

  /** The camera that it reads, where it reads one. */
  get camera(): Camera | undefined {
    const { source } = this.#parts;
    return source instanceof Camera ? source : undefined;
  }

  /** What is open now; of a camera that was never reached, or is lost, nothing. */
  get source(): FrameSource | undefined {
    const { source } = this.#parts;
    return source instanceof Camera ? source.source : source;
  }

  /** Where its source stands. */
  get status(): SourceStatus {
    return this.camera?.status ?? this.#file.status;
  }

  /** Where its source stands, now and at each change. Completes when it has ended, or was given up. */
  get statuses(): Observable<SourceStatus> {
    return this.camera?.statuses ?? this.#file.statuses;
  }

  /** Each packet, right after it went into the log. */
  get packets(): Observable<Packet> {
    return this.#packetsNow;
  }

  /** The stream gave its last packet, or failed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Why it ended early, where it did. */
  get error(): FramenestError | undefined {
    return this.#error;
  }

  /** What went into the log: what a reader from the start got, or was told that it missed. */
  get totals(): StreamTotals {
    return this.#writer.totals;
  }

  /** What a receiver holds after the newest packet: X̂, `[side², channels]`. A view: copy it before the next packet. */
  get newest(): KeptState | undefined {
    return this.#writer.newest;
  }

  /** Packets that wait for the slowest of its readers; 0 where it has none. */
  get lag(): number {
    return Math.max(0, ...[...this.#readers].map((reader) => reader.lag));
  }

  /** Resolves when the stream has ended; look at `error` then. */
  async whenEnded(): Promise<void> {
    const never = new AbortController().signal;
    while (!this.#ended) await this.#signals.appended.wait(never);
  }

  /**
   * A new reader; starts a file.
   * @param from - `live`: what is made from now on; `start`: from the first packet, with a gap for those that are kept
   * no more; a sequence, of a camera none above the next one; or the first packet kept that was made at or after a time
   * @param maxLag - packets of a live stream that may wait for it; older ones are let go
   */
  read(from: ReadFrom, maxLag?: number): StreamReader {
    const place = { next: this.#placeOf(from), ...(this.live && { maxLag }) };
    const reader = new StreamReader(this.log, this.#signals, place, this);
    this.#readers.add(reader);
    this.#start();
    this.#signals.moved.notify();
    return reader;
  }

  /** A reader that is done. */
  release(reader: StreamReader): void {
    this.#readers.delete(reader);
    this.#signals.moved.notify();
  }

  /** Stops the source and frees its decoder. Readers get what is logged, then ABORTED where more would have come. */
  async close(): Promise<void> {
    const open = this.source;
    this.#stop.abort();
    this.#running?.unsubscribe();
    this.#finish(
      new FramenestError('ABORTED', {
        what: `The stream "${this.name}" was stopped before its end.`,
        mend: 'Connect again once the server is back.',
      }),
    );
    await open?.close();
    // Whoever takes its log over numbers on from there.
    await this.#writer.idle();
  }

  #start(): void {
    if (this.#running || this.#ended) return;
    this.#file.start();
    this.#running = this.#packets.subscribe({
      error: (thrown: unknown) => this.#finish(asFramenestError(thrown)),
      complete: () => void this.#seal(),
    });
  }

  #placeOf(from: ReadFrom): number {
    if (from === 'live') return this.log.next;
    if (from === 'start') return 0;
    if (typeof from !== 'number') return this.log.at(from.atMs);
    // Of a camera above the next one only where our numbering began anew: who asks is told by the number it gets.
    return this.live ? Math.min(from, this.log.next) : from;
  }

  async #append(packet: Packet): Promise<void> {
    const { signal } = this.#stop;
    await this.#writer.append(packet, async (bytes) => {
      if (!this.live) await this.#room(bytes);
      return !signal.aborted;
    });
    if (signal.aborted) return;
    this.#signals.appended.notify();
    this.#packetsNow.next(packet);
  }

  /** Waits until the packet fits, or until only readers that take nothing would miss the packet that must go. */
  async #room(bytes: number): Promise<void> {
    const { signal } = this.#stop;
    const patienceMs = this.#parts.patienceMs ?? PATIENCE_MS;
    while (this.log.wouldEvict(bytes) && !signal.aborted) {
      const behind = [...this.#readers].filter((reader) => reader.next <= this.log.oldest);
      const left = Math.max(0, ...behind.map((reader) => patienceMs - reader.idleMs));
      if (this.#readers.size > 0 && left === 0) return;
      await this.#signals.moved.wait(signal, left > 0 ? left : undefined);
    }
  }

  async #seal(): Promise<void> {
    await this.#writer.idle();
    if (!this.live) await this.log.seal(this.totals);
    this.#finish();
  }

  #finish(error?: FramenestError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#file.finish(error);
    this.#signals.appended.notify();
    this.#packetsNow.complete();
  }
}
