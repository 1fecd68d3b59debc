import { FramenestError } from '../errors.ts';
import type { PatchGrid } from '../media/patch-grid.ts';
import type { QueryReader } from '../media/query-reader.ts';
import type { EncoderFacts, VisionEncoder } from '../media/vision-encoder.ts';
import type { FairFlow } from './fair-queue.ts';
import { positive } from './run-options.ts';

/** Weights lie in here: far enough apart for anything, close enough that virtual time stays exact for years. */
const weights = { least: 0.01, most: 100 };

/** What one source asks of an encoder that it shares. */
export interface SeatOptions {
  /** For messages: the source's name, not its address. */
  readonly name: string;
  /** Share of the encoder beside the other seats that want it at the same time, 0.01 … 100. Default 1. */
  readonly weight?: number | undefined;
  /** Calls that may wait in the seat at a time; further ones are refused. Default 64. */
  readonly maxWaiting?: number | undefined;
  /**
   * Called for every frame whose features are about to be given out; what it throws becomes that call's error.
   * @param waitedMs from the call to the frame's turn, milliseconds
   * @param ranMs from there to the features, milliseconds: what the encoder took, one batch before it included
   */
  readonly onEncoded?: ((waitedMs: number, ranMs: number) => void) | undefined;
}

/** What a seat did so far. */
export interface SeatCounters {
  /** Frames whose features were given out. */
  readonly frames: number;
  /** Calls that wait in the seat now. */
  readonly waiting: number;
  /** Frames that the encoder has now. */
  readonly running: number;
  /** Calls refused because too many waited. */
  readonly refused: number;
}

/** A call that waits for its turn. Exactly one of the two is called, once. */
export interface SeatCall {
  /** Resolves when the encoder is done with the frame, whatever came of it. Never rejects. */
  readonly run: () => Promise<void>;
  readonly refuse: (error: FramenestError) => void;
}

/**
 * One source's place at an encoder that it shares with others; made by `EncoderShare.seat`. Its calls wait here, where they
 * are in nobody's way, and are answered in the order in which they were made as far as the encoder keeps it.
 */
export class EncoderSeat implements VisionEncoder {
  readonly #encoder: VisionEncoder;
  readonly #options: SeatOptions;
  readonly #maxWaiting: number;
  readonly #flow: FairFlow<SeatCall>;
  readonly #running = new Set<Promise<void>>();
  #frames = 0;
  #refused = 0;
  #over: FramenestError | undefined;

  /**
   * @param join makes the flow in which the calls wait, from the weight
   * @throws FramenestError OPTION_INVALID
   */
  constructor(encoder: VisionEncoder, options: SeatOptions, join: (weight: number) => FairFlow<SeatCall>) {
    this.#encoder = encoder;
    this.#options = options;
    this.#maxWaiting = positive('maxWaiting', options.maxWaiting) ?? 64;
    this.#flow = join(checkedWeight(options));
  }

  /** The shared encoder's. */
  get facts(): EncoderFacts {
    return this.#encoder.facts;
  }

  /** The shared encoder's. */
  get device(): string {
    return this.#encoder.device;
  }

  /** The shared encoder's. */
  get queries(): QueryReader | undefined {
    return this.#encoder.queries;
  }

  /** Calls that wait in the seat now. */
  get waiting(): number {
    return this.#flow.length;
  }

  /** A snapshot; nothing in it changes later. */
  get counters(): SeatCounters {
    return {
      frames: this.#frames,
      waiting: this.waiting,
      running: this.#running.size,
      refused: this.#refused,
    };
  }

  /**
   * Encodes one frame when its turn comes; see {@link VisionEncoder.encode}.
   * @throws FramenestError ENCODER_FAILED where too many calls wait in this seat, ABORTED after dispose; what the shared
   * encoder throws
   */
  async encode(rgb: Uint8Array<ArrayBuffer>, side?: number): Promise<PatchGrid> {
    if (this.#over) throw this.#over;
    if (this.#flow.length >= this.#maxWaiting) throw this.#refusal();
    const asked = performance.now();
    return new Promise((resolve, reject) => {
      this.#flow.push({
        run: () => this.#track(this.#run(rgb, side, asked).then(resolve, reject)),
        refuse: reject,
      });
    });
  }

  /**
   * Gives the seat up; the encoder and the other seats go on. Calls that wait are rejected with ABORTED at once. So are
   * those whose frames the encoder has, when it gives the frames back: until then their buffers are lent. Resolves after
   * the last one. Safe to call twice.
   */
  async dispose(): Promise<void> {
    this.#over ??= new FramenestError('ABORTED', {
      what: `The source "${this.#options.name}" gave up its place at the encoder.`,
      mend: 'Take a new one to encode more.',
    });
    for (const call of this.#flow.leave()) call.refuse(this.#over);
    await Promise.all(this.#running);
  }

  async #run(rgb: Uint8Array<ArrayBuffer>, side: number | undefined, asked: number): Promise<PatchGrid> {
    const began = performance.now();
    try {
      const grid = await this.#encoder.encode(rgb, side);
      if (this.#over) throw this.#over;
      this.#frames++;
      this.#options.onEncoded?.(began - asked, performance.now() - began);
      return grid;
    } catch (thrown) {
      throw this.#over ?? thrown;
    }
  }

  #track(run: Promise<void>): Promise<void> {
    const tracked = run.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
    return tracked;
  }

  #refusal(): FramenestError {
    this.#refused++;
    return new FramenestError('ENCODER_FAILED', {
      what: `${this.#flow.length} frames of the source "${this.#options.name}" wait for the encoder already.`,
      mend: 'Wait for earlier frames before sending more, give the source more weight, or raise maxWaiting.',
    });
  }
}

function checkedWeight({ name, weight = 1 }: SeatOptions): number {
  if (weight >= weights.least && weight <= weights.most) return weight;
  throw new FramenestError('OPTION_INVALID', {
    what: `The weight of the source "${name}" at the encoder is ${weight}.`,
    mend: `Give a number from ${weights.least} to ${weights.most}; 1 is usual.`,
  });
}
