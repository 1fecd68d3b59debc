import { FramenestError } from '../errors.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { EncoderSeat } from './encoder-seat.ts';
import type { SeatCall, SeatOptions } from './encoder-seat.ts';
import { FairQueue } from './fair-queue.ts';
import type { FairFlow } from './fair-queue.ts';

/** Frames handed over at a time to an encoder that does not tell its capacity: one runs, one lies ready. */
const usualCapacity = 2;

/**
 * One encoder, many sources, none of which can crowd out another.
 *
 * Every source has a seat, in which its calls wait. The encoder gets only as many frames at a time as it can work on
 * (`capacity`), and whose frame it gets next is decided when it has room, by weight (`FairQueue`). So a busy source's backlog
 * waits in its own seat; the frame of a source that uses less than its share is overtaken by at most one frame of each other
 * seat, and by those that the encoder already has. This is SFQ(D), start-time fair queueing in front of a server that
 * takes D requests at a time (Jin, Chase and Kaur, "Interposed proportional sharing for a storage service utility",
 * SIGMETRICS 2004), with D = `capacity`.
 */
export class EncoderShare {
  /** Resolves, with the reason, once the encoder has given up and every call fails. Never rejects. */
  readonly failed: Promise<FramenestError>;
  readonly #encoder: VisionEncoder;
  readonly #queue = new FairQueue<SeatCall>();
  readonly #seats = new Set<EncoderSeat>();
  #running = 0;
  #closed = false;

  /** @param encoder - disposed with this object; whoever else uses it directly goes ahead of every seat */
  constructor(encoder: VisionEncoder) {
    this.#encoder = encoder;
    this.failed = encoder.failed ?? new Promise(() => undefined);
  }

  /**
   * A place at the encoder for one source, to be given up with `dispose`.
   * @throws FramenestError OPTION_INVALID; ABORTED after dispose
   */
  seat(options: SeatOptions): EncoderSeat {
    if (this.#closed) {
      throw new FramenestError('ABORTED', {
        what: `The encoder "${this.#encoder.facts.name}" was closed.`,
        mend: 'Open it again to encode more.',
      });
    }
    const seat: EncoderSeat = new EncoderSeat(this.#encoder, options, (weight) => this.#flow(weight, () => seat));
    this.#seats.add(seat);
    return seat;
  }

  /** Gives up every seat and disposes the encoder. Safe to call twice. */
  async dispose(): Promise<void> {
    this.#closed = true;
    const given = [...this.#seats].map((seat) => seat.dispose());
    await this.#encoder.dispose();
    await Promise.all(given);
  }

  /** A flow that wakes the encoder when something comes, and forgets its seat when that is given up. */
  #flow(weight: number, seat: () => EncoderSeat): FairFlow<SeatCall> {
    const flow = this.#queue.join(weight);
    return {
      get length() {
        return flow.length;
      },
      push: (call) => {
        flow.push(call);
        this.#fill();
      },
      leave: () => {
        this.#seats.delete(seat());
        return flow.leave();
      },
    };
  }

  #fill(): void {
    while (this.#running < (this.#encoder.capacity ?? usualCapacity)) {
      const call = this.#queue.next();
      if (!call) return;
      this.#running++;
      void call.run().then(() => {
        this.#running--;
        this.#fill();
      });
    }
  }
}
