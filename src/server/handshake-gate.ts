import { clientOf } from './client-address.ts';
import { RateBucket } from './rate-bucket.ts';
import type { Rate } from './rate-bucket.ts';

/** Bounds of a gate. */
export interface GateLimits {
  /** WebSockets that one address may open. */
  readonly each: Rate;
  /** All of this machine's own programs together, and whoever comes through a proxy on it. */
  readonly local: Rate;
  /** Sockets at most that are open only to be told why they may not stay. */
  readonly strangers: number;
  /** Of these, of one address. */
  readonly strangersEach: number;
}

const LIMITS: GateLimits = {
  each: { perSecond: 10, burst: 64 },
  local: { perSecond: 500, burst: 2048 },
  strangers: 64,
  strangersEach: 4,
};

/** Addresses that are remembered; of more, the one that was remembered first is forgotten. */
const ADDRESSES = 4096;

/** Bounds how fast new WebSockets come, and how many are open that have no right to be. Knows addresses, not sockets. */
export class HandshakeGate {
  readonly #limits: GateLimits;
  readonly #local: RateBucket;
  readonly #buckets = new Map<string, RateBucket>();
  readonly #strangers = new Map<string | undefined, number>();

  /** @param limits - in place of the built-in ones */
  constructor(limits: Partial<GateLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    this.#local = new RateBucket(this.#limits.local);
  }

  /**
   * Whether one more may come from there; where not, 429 is the answer.
   * @param nowMs - a clock that never falls, milliseconds
   */
  enter(address: string | undefined, nowMs = performance.now()): boolean {
    const client = clientOf(address);
    return (client === undefined ? this.#local : this.#bucketOf(client)).take(nowMs);
  }

  /**
   * A place for a socket that is opened without a right to it, only to be closed with a code that a browser can read.
   * @returns gives the place back, safe to call twice; undefined where there is none left, and 401 has to do
   */
  hold(address: string | undefined): (() => void) | undefined {
    const client = clientOf(address);
    const own = this.#strangers.get(client) ?? 0;
    const all = [...this.#strangers.values()].reduce((sum, each) => sum + each, 0);
    const most = client === undefined ? this.#limits.strangers : this.#limits.strangersEach;
    if (all >= this.#limits.strangers || own >= most) return undefined;
    this.#strangers.set(client, own + 1);
    let held = true;
    return () => {
      if (held) this.#release(client);
      held = false;
    };
  }

  #release(client: string | undefined): void {
    const left = (this.#strangers.get(client) ?? 0) - 1;
    if (left > 0) this.#strangers.set(client, left);
    else this.#strangers.delete(client);
  }

  #bucketOf(client: string): RateBucket {
    const known = this.#buckets.get(client);
    if (known) return known;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined && this.#buckets.size >= ADDRESSES) this.#buckets.delete(oldest);
    const bucket = new RateBucket(this.#limits.each);
    this.#buckets.set(client, bucket);
    return bucket;
  }
}
