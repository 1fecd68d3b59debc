import { Subject } from 'rxjs';
import type { Observable, Subscription } from 'rxjs';
import { FramenestError, asFramenestError } from '../errors.ts';
import { Notifier } from '../flow/notifier.ts';
import type { PacketLog } from '../log/packet-log.ts';
import { PacketRing } from '../log/packet-ring.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Packet } from '../media/packet.ts';
import type { SourceStatus } from '../media/source-status.ts';
import { formatTimebase } from '../media/timebase.ts';
import type { TokenScale } from '../media/token-scale.ts';
import { StreamCounts } from '../operators/measure.ts';
import { Camera } from '../pipeline/camera.ts';
import { ladderOf } from '../pipeline/choosers.ts';
import { parsePipelineOptions } from '../pipeline/pipeline-options.ts';
import type { StreamEvent, StreamFacts } from '../wire/control-message.ts';
import { encodePacket } from '../wire/packet-codec.ts';
import type { TokenStreamParts } from './stream-parts.ts';
import { StreamReader } from './stream-reader.ts';
import { streamRun } from './stream-run.ts';

/** Packets kept where the caller brings no log: 1,024, or 64 MiB, whichever is less. */
const KEPT = { packets: 1024, bytes: 64 << 20 };

const PATIENCE_MS = 10_000;

/** What a stream has given so far. */
export interface StreamTotals {
  readonly packets: number;
  readonly frames: number;
  readonly tokens: number;
}

/**
 * One source for any number of readers. A camera starts at once and never waits; a file starts with its first reader and
 * waits for the slowest, though not for one that has taken nothing for a while.
 * Memory is bounded by what the log keeps plus the pipeline's window.
 */
export class TokenStream {
  readonly name: string;
  readonly live: boolean;
  readonly counts = new StreamCounts();
  /** What happens in it, from now on. */
  readonly events: Observable<StreamEvent>;
  /** Its packets; a stream that takes this one's place goes on with it. */
  readonly log: PacketLog;
  readonly #parts: TokenStreamParts;
  readonly #ladder: readonly TokenScale[];
  readonly #packets: Observable<Packet>;
  readonly #readers = new Set<StreamReader>();
  /** Fires when a packet was added, a reader moved, or the stream ended. */
  readonly #changed = new Notifier();
  readonly #appended = new Subject<Packet>();
  readonly #stop = new AbortController();
  #running: Subscription | undefined;
  #totals: StreamTotals = { packets: 0, frames: 0, tokens: 0 };
  #fileStatus: SourceStatus;
  #ended = false;
  #error: FramenestError | undefined;

  /** @throws FramenestError OPTION_INVALID, LADDER_INVALID */
  constructor(parts: TokenStreamParts) {
    const { name, source, encoder, options } = parts;
    const { gridSide } = encoder.facts;
    const log = parts.log ?? new PacketRing(KEPT);
    const sink = (packet: Packet): Promise<void> => this.#append(packet);
    const run = streamRun(parts, { sink, counts: this.counts, log });
    this.name = name;
    this.live = source instanceof Camera || source.facts.live;
    this.events = run.events;
    this.log = log;
    this.#parts = parts;
    this.#packets = run.packets;
    const checked = parsePipelineOptions({ ...options, stream: name });
    this.#ladder = ladderOf(checked, gridSide).scales;
    this.#fileStatus = { state: 'connecting', sinceMs: Date.now(), epoch: checked.epoch, failures: 0 };
    if (this.live) this.#start();
  }

  /** As `welcome` tells it. */
  get facts(): StreamFacts {
    const { gridSide, channels, digest } = this.#parts.encoder.facts;
    const source = this.source;
    return {
      name: this.name,
      live: this.live,
      state: this.status.state,
      encoder: digest,
      channels,
      gridSide,
      ladder: this.#ladder.map((scale) => scale.tokens),
      ...(source && { timebase: formatTimebase(source.facts.timebase) }),
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
    return this.camera?.status ?? this.#fileStatus;
  }

  /** Each packet, right after it went into the log. */
  get packets(): Observable<Packet> {
    return this.#appended;
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
    return this.#totals;
  }

  /** Resolves when the stream has ended; look at `error` then. */
  async whenEnded(): Promise<void> {
    const never = new AbortController().signal;
    while (!this.#ended) await this.#changed.wait(never);
  }

  /**
   * A new reader; starts a file.
   * @param from - `live`: what is made from now on; `start`: from the first packet, with a gap for those that are kept
   * no more; or a sequence
   */
  read(from: 'live' | 'start' | number): StreamReader {
    const next = from === 'live' ? this.log.next : from;
    const reader = new StreamReader(this.log, this.#changed, next === 'start' ? 0 : next, this);
    this.#readers.add(reader);
    this.#start();
    this.#changed.notify();
    return reader;
  }

  /** A reader that is done. */
  release(reader: StreamReader): void {
    this.#readers.delete(reader);
    this.#changed.notify();
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
  }

  #start(): void {
    if (this.#running || this.#ended) return;
    this.#setFileStatus('live');
    this.#running = this.#packets.subscribe({
      error: (thrown: unknown) => this.#finish(asFramenestError(thrown)),
      complete: () => this.#finish(),
    });
  }

  async #append(packet: Packet): Promise<void> {
    const bytes = encodePacket(packet);
    if (!this.live) await this.#room(bytes.byteLength);
    if (this.#stop.signal.aborted) return;
    this.log.append({ sequence: packet.header.sequence, bytes });
    const { packets, frames, tokens } = this.#totals;
    this.#totals = {
      packets: packets + 1,
      frames: frames + packet.frames.length,
      tokens: packet.frames.reduce((sum, frame) => sum + frame.tokens, tokens),
    };
    this.#changed.notify();
    this.#appended.next(packet);
  }

  /** Waits until the packet fits, or until only readers that take nothing would miss the packet that must go. */
  async #room(bytes: number): Promise<void> {
    const { signal } = this.#stop;
    const patienceMs = this.#parts.patienceMs ?? PATIENCE_MS;
    while (this.log.wouldEvict(bytes) && !signal.aborted) {
      const behind = [...this.#readers].filter((reader) => reader.next <= this.log.oldest);
      const left = Math.max(0, ...behind.map((reader) => patienceMs - reader.idleMs));
      if (this.#readers.size > 0 && left === 0) return;
      await this.#changed.wait(signal, left > 0 ? left : undefined);
    }
  }

  #finish(error?: FramenestError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#setFileStatus(error && error.code !== 'ABORTED' ? 'failed' : 'ended');
    this.#changed.notify();
    this.#appended.complete();
  }

  /** A camera tells its own. */
  #setFileStatus(state: SourceStatus['state']): void {
    const reason = this.#error && { code: this.#error.code, what: this.#error.what };
    this.#fileStatus = { ...this.#fileStatus, state, sinceMs: Date.now(), ...(reason && { reason }) };
  }
}
