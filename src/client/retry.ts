import { FramenestError } from '../errors.ts';
import { Backoff } from '../flow/backoff.ts';

/** How a client comes back after it lost its server. */
export interface RetryOptions {
  /** Pause before the second try, milliseconds; it doubles from try to try, with jitter. Default 250. */
  readonly firstMs?: number;
  /** … and never grows beyond this. Default 10,000. */
  readonly mostMs?: number;
  /** Tries in a row that bring nothing, after which it gives up. Default: it never does. */
  readonly attempts?: number;
  /** Also where the server cannot be reached at first. Default: the first connection fails at once. */
  readonly initially?: boolean;
}

/** Pauses between tries, and when to give up. */
export class Retry {
  readonly #backoff: Backoff;
  readonly #attempts: number;
  /** Tries in a row that brought nothing. */
  #tries = 0;

  /** @throws FramenestError OPTION_INVALID */
  constructor({ firstMs = 250, mostMs = 10_000, attempts = Infinity }: RetryOptions) {
    if (!(firstMs > 0 && firstMs <= mostMs && mostMs <= 86_400_000)) {
      throw invalid(`${firstMs} to ${mostMs} ms`, 'Give 0 < firstMs ≤ mostMs ≤ a day.');
    }
    if (!(attempts >= 1)) throw invalid(`${attempts} attempts`, 'Give 1 or more, or `reconnect: false`.');
    this.#backoff = new Backoff({ firstS: firstMs / 1000, mostS: mostMs / 1000 });
    this.#attempts = attempts;
  }

  /** Milliseconds until the next try; undefined where there is none any more. */
  next(): number | undefined {
    return this.#tries++ < this.#attempts ? this.#backoff.next() : undefined;
  }

  /** The last try went well. */
  reset(): void {
    this.#tries = 0;
    this.#backoff.reset();
  }
}

function invalid(is: string, mend: string): FramenestError {
  return new FramenestError('OPTION_INVALID', { what: `Option "reconnect" is ${is}.`, mend });
}
