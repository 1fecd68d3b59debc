import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Subscription } from 'rxjs';
import type { SourceState } from '../media/source-status.ts';
import type { StreamDirectory } from './stream-directory.ts';
import type { TokenStream } from './token-stream.ts';

const STATES: readonly SourceState[] = ['connecting', 'live', 'stalled', 'backing-off', 'failed', 'ended'];

/** Of times of a few milliseconds to a few seconds. */
const BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5];

/** A number of each stream that only grows; `undefined` where the stream has none. */
const TOTALS: Readonly<Record<string, readonly [help: string, of: (stream: TokenStream) => number | undefined]>> = {
  source_frames_decoded: ['Frames that the decoder made.', (s) => (s.camera ?? s.source)?.counts.decoded],
  source_frames_discarded: ['Corrupt frames thrown away, up to a key frame.', (s) => s.camera?.counts.discarded],
  source_frames_skipped: ['Frames that sampling left out.', (s) => (s.camera ?? s.source)?.counts.skipped],
  source_connections: ['Times that a camera was reached.', (s) => s.camera?.connections],
  source_clock_jumps: ['Times that a clock of a camera was set straight.', ({ counts }) => counts.clockJumps],
  source_frames_substituted: [
    'Frames of a sub-stream encoded themselves, as the main stream had no picture in time.',
    (s) => s.camera?.counts.substituted,
  ],
  stream_frames: ['Frames that became packets.', ({ counts }) => counts.frames],
  stream_frames_dropped: ['Frames let go at the live edge.', ({ counts }) => counts.dropped],
  stream_frames_lost: ['Frames decoded and on their way when their connection broke.', ({ counts }) => counts.lost],
  stream_frames_held: ['Frames sent as one token without an encoder run.', ({ counts }) => counts.held],
  stream_encoder_runs: ['Frames for which the encoder ran.', ({ counts }) => counts.encoderRuns],
  stream_cuts: ['Scene cuts.', ({ counts }) => counts.cuts],
  stream_tokens: ['Tokens sent into the stream.', ({ counts }) => counts.tokens],
};

/** A number of each stream that rises and falls; `undefined` where the stream has none. */
const LEVELS: typeof TOTALS = {
  stream_frames_in_flight: ['Frames between decoder and packet.', ({ counts }) => counts.inFlight],
  stream_log_packets: ['Packets kept for readers.', ({ log }) => log.next - log.oldest],
  stream_log_bytes: ['Bytes of the packets kept for readers.', ({ log }) => log.bytes],
  stream_reader_lag_packets: ['Packets that wait for the slowest reader.', ({ lag }) => lag],
  encoder_waiting_frames: ['Frames that wait for the encoder.', ({ encoder }) => encoder.waiting],
  source_epoch: ['Connection at hand or last.', ({ status }) => status.epoch],
  source_failures: ['Tries in a row that failed.', ({ status }) => status.failures],
};

/** What the server adds to what its streams know. */
export interface ServerNumbers {
  readonly sessions: () => number;
  readonly subscriptions: () => number;
  /** Whether packets do not get to the disk at the moment. */
  readonly logFailing?: () => boolean;
}

/** How long one frame of a stream waited for the encoder, and how long the run took, milliseconds. */
export type EncoderTimes = (stream: string, waitedMs: number, ranMs: number) => void;

type Setter = (value: number, labels?: Record<string, string>) => void;

/**
 * Figures of a server and its streams in the format of Prometheus. Counters are read from the streams when somebody asks:
 * the hot path observes one histogram a packet and nothing else. A series for each stream, so as many as streams.
 */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #latency: Histogram<'stream'>;
  readonly #wait: Histogram<'stream'>;
  readonly #run: Histogram<'stream'>;
  readonly #watching = new Map<TokenStream, Subscription>();
  readonly #directory: StreamDirectory;

  constructor(directory: StreamDirectory, numbers: ServerNumbers) {
    this.#directory = directory;
    const registers = [this.#registry];
    const histogram = (name: string, help: string): Histogram<'stream'> =>
      new Histogram({ name: `framenest_${name}_seconds`, help, labelNames: ['stream'], buckets: BUCKETS, registers });
    collectDefaultMetrics({ register: this.#registry });
    this.#latency = histogram('stream_latency', 'From the decoded frame of a camera to its packet.');
    this.#wait = histogram('encoder_wait', 'How long a frame waited for the encoder.');
    this.#run = histogram('encoder_run', 'How long the encoder run took that a frame was in.');
    this.#addTotals(directory);
    this.#addGauges(directory, numbers);
    directory.changes.subscribe(() => this.#watch(directory.all));
    this.#watch(directory.all);
  }

  /** MIME type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All figures now. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Takes in the times of one encoded frame. */
  readonly encoded: EncoderTimes = (stream, waitedMs, ranMs) => {
    // The last frames of a stream that is gone would bring its series back.
    if (!this.#directory.get(stream)) return;
    this.#wait.observe({ stream }, waitedMs / 1000);
    this.#run.observe({ stream }, ranMs / 1000);
  };

  #addTotals(directory: StreamDirectory): void {
    for (const [name, [help, of]] of Object.entries(TOTALS)) {
      new Counter({
        name: `framenest_${name}_total`,
        help,
        labelNames: ['stream'],
        registers: [this.#registry],
        collect() {
          this.reset();
          for (const stream of directory.all) {
            const value = of(stream);
            if (value !== undefined) this.inc({ stream: stream.name }, value);
          }
        },
      });
    }
  }

  #addGauges(directory: StreamDirectory, { sessions, subscriptions, logFailing = () => false }: ServerNumbers): void {
    const gauge = (name: string, help: string, collect: (set: Setter) => void, labelNames: string[] = []): void => {
      new Gauge({
        ...{ name: `framenest_${name}`, help, labelNames, registers: [this.#registry] },
        collect() {
          this.reset();
          collect((value, labels = {}) => this.set(labels, value));
        },
      });
    };
    gauge('sessions', 'Open WebSocket sessions.', (set) => set(sessions()));
    gauge('subscriptions', 'Streams that sessions follow.', (set) => set(subscriptions()));
    gauge('log_failing', '1 while packets do not get to the disk.', (set) => set(Number(logFailing())));
    for (const [name, [help, of]] of Object.entries(LEVELS)) {
      const each = (set: Setter): void => {
        for (const stream of directory.all) {
          const value = of(stream);
          if (value !== undefined) set(value, { stream: stream.name });
        }
      };
      gauge(name, help, each, ['stream']);
    }
    const states = (set: Setter): void => {
      for (const stream of directory.all) {
        for (const state of STATES) set(Number(stream.status.state === state), { stream: stream.name, state });
      }
    };
    gauge('source_state', '1 for the state in which the source is.', states, ['stream', 'state']);
  }

  /** Follows the streams that there are now, and forgets those that are gone. */
  #watch(streams: readonly TokenStream[]): void {
    for (const [stream, subscription] of this.#watching) {
      if (streams.includes(stream)) continue;
      subscription.unsubscribe();
      this.#watching.delete(stream);
      for (const histogram of [this.#latency, this.#wait, this.#run]) histogram.remove({ stream: stream.name });
    }
    for (const stream of streams) {
      if (this.#watching.has(stream)) continue;
      const labels = { stream: stream.name };
      const subscription = stream.packets.subscribe(({ header: { wallclockUs } }) => {
        if (wallclockUs === undefined) return;
        this.#latency.observe(labels, Math.max(0, Date.now() - Number(wallclockUs) / 1000) / 1000);
      });
      this.#watching.set(stream, subscription);
    }
  }
}
