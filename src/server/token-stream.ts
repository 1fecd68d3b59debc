import type { Observable, Subscription } from 'rxjs';
import { FramenestError, asFramenestError } from '../errors.ts';
import { Notifier } from '../flow/notifier.ts';
import type { PacketLog } from '../log/packet-log.ts';
import { PacketRing } from '../log/packet-ring.ts';
import type { FrameSource } from '../media/frame-source.ts';
import type { Packet } from '../media/packet.ts';
import { formatTimebase } from '../media/timebase.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { StreamCounts } from '../operators/measure.ts';
import { ladderOf } from '../pipeline/choosers.ts';
import { parsePipelineOptions } from '../pipeline/pipeline-options.ts';
import type { PipelineOptionsInput } from '../pipeline/pipeline-options.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import type { BudgetPlan } from '../scales/budget-plan.ts';
import type { StreamFacts } from '../wire/control-message.ts';
import { encodePacket } from '../wire/packet-codec.ts';
import { StreamReader } from './stream-reader.ts';

/** Packets kept where the caller brings no log: 1,024, or 64 MiB, whichever is less. */
const KEPT = { packets: 1024, bytes: 64 << 20 };

const PATIENCE_MS = 10_000;

/** What a stream is made of. */
export interface TokenStreamParts {
  readonly name: string;
  readonly source: FrameSource;
  readonly encoder: VisionEncoder;
  readonly options: PipelineOptionsInput;
  /** Of the same input, for policy `budget`. */
  readonly plan?: BudgetPlan;
  /** Keeps packets for readers that come late or fall behind; empty, of this stream alone. Default: a ring in memory. */
  readonly log?: PacketLog;
  /** How long a file waits for a reader that takes nothing before it goes on without it, milliseconds. Default 10,000. */
  readonly patienceMs?: number;
}

/** What a stream has given so far. */
export interface StreamTotals {
  readonly packets: number;
  readonly frames: number;
  readonly tokens: number;
}

/**
 * One source, run once, for any number of readers. A camera starts at once and never waits; a file starts with its
 * first reader and waits for the slowest, though not for one that has taken nothing for a while.
 * Memory is bounded by what the log keeps plus the pipeline's window.
 */
export class TokenStream {
  readonly facts: StreamFacts;
  readonly counts = new StreamCounts();
  readonly #parts: TokenStreamParts;
  readonly #packets: Observable<Packet>;
  readonly #log: PacketLog;
  readonly #readers = new Set<StreamReader>();
  /** Fires when a packet was added, a reader moved, or the stream ended. */
  readonly #changed = new Notifier();
  readonly #stop = new AbortController();
  #running: Subscription | undefined;
  #totals: StreamTotals = { packets: 0, frames: 0, tokens: 0 };
  #ended = false;
  #error: FramenestError | undefined;

  /** @throws FramenestError OPTION_INVALID, LADDER_INVALID */
  constructor(parts: TokenStreamParts) {
    const { gridSide, channels, digest } = parts.encoder.facts;
    const options = parsePipelineOptions({ ...parts.options, stream: parts.name });
    const { name, source, encoder, plan } = parts;
    this.#parts = parts;
    // Made here though it is cold, so that a wrong option is told before anyone connects.
    const sink = (packet: Packet): Promise<void> => this.#append(packet);
    const pipelineParts = { source, encoder, sink, options: { ...parts.options, stream: name }, counts: this.counts };
    this.#packets = pipeline({ ...pipelineParts, ...(plan && { plan }) });
    this.#log = parts.log ?? new PacketRing(KEPT);
    this.facts = {
      name: parts.name,
      live: parts.source.facts.live,
      encoder: digest,
      channels,
      gridSide,
      ladder: ladderOf(options, gridSide).scales.map((scale) => scale.tokens),
      timebase: formatTimebase(parts.source.facts.timebase),
    };
    if (this.facts.live) this.#start();
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
    const next = from === 'live' ? this.#log.next : from;
    const reader = new StreamReader(this.#log, this.#changed, next === 'start' ? 0 : next, this);
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
    this.#stop.abort();
    this.#running?.unsubscribe();
    this.#finish(
      new FramenestError('ABORTED', {
        what: `The stream "${this.facts.name}" was stopped before its end.`,
        mend: 'Connect again once the server is back.',
      }),
    );
    await this.#parts.source.close();
  }

  #start(): void {
    if (this.#running || this.#ended) return;
    this.#running = this.#packets.subscribe({
      error: (thrown: unknown) => this.#finish(asFramenestError(thrown)),
      complete: () => this.#finish(),
    });
  }

  async #append(packet: Packet): Promise<void> {
    const bytes = encodePacket(packet);
    if (!this.facts.live) await this.#room(bytes.byteLength);
    if (this.#stop.signal.aborted) return;
    this.#log.append({ sequence: packet.header.sequence, bytes });
    const { packets, frames, tokens } = this.#totals;
    this.#totals = {
      packets: packets + 1,
      frames: frames + packet.frames.length,
      tokens: packet.frames.reduce((sum, frame) => sum + frame.tokens, tokens),
    };
    this.#changed.notify();
  }

  /** Waits until the packet fits, or until only readers that take nothing would miss the packet that must go. */
  async #room(bytes: number): Promise<void> {
    const { signal } = this.#stop;
    const patienceMs = this.#parts.patienceMs ?? PATIENCE_MS;
    while (this.#log.wouldEvict(bytes) && !signal.aborted) {
      const behind = [...this.#readers].filter((reader) => reader.next <= this.#log.oldest);
      const left = Math.max(0, ...behind.map((reader) => patienceMs - reader.idleMs));
      if (this.#readers.size > 0 && left === 0) return;
      await this.#changed.wait(signal, left > 0 ? left : undefined);
    }
  }

  #finish(error?: FramenestError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#changed.notify();
  }
}
