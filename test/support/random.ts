/** Repeatable random numbers for tests that need many of them: a 32-bit xorshift (Marsaglia 2003, triple 13, 17, 5). */
export class Random {
  #state: number;

  /** @param seed - any integer; the same seed gives the same numbers */
  constructor(seed: number) {
    // Zero is the one state that a xorshift never leaves.
    this.#state = Math.imul(seed, 0x9e3779b1) ^ 0x51ed270b || 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** Uniform in [0, 1). */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) / 2 ** 32;
  }

  /** Normal with mean 0 and variance 1 (Box and Muller 1958). */
  gaussian(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** An integer from 0 to `end` − 1. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** `length` normal values. */
  grid(length: number): Float32Array<ArrayBuffer> {
    return Float32Array.from({ length }, () => this.gaussian());
  }
}
