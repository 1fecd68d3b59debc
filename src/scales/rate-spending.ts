import type { SpendingRule } from './spending.ts';

/** The knobs of {@link rateSpending}. */
export interface RateOptions {
  /** Ceiling, tokens a second of presentation time, > 0. */
  readonly tokensPerSecond: number;
  /** What may be saved up for a burst, seconds of the ceiling, > 0. */
  readonly burstS: number;
  /** Price while there is plenty; a stream that needs less than its ceiling spends less. See {@link SpendingRule}. */
  readonly price: number;
  /** Tokens that a whole picture takes: what is kept back for a cut, as far as half of the burst goes. */
  readonly sceneTokens: number;
}

/** The price at the bottom of the bucket, in multiples of the price at its brim. */
const SCARCITY = 400;

/** Share of the income that goes to the cuts' reserve until it is full, as far as the next frame has its one token. */
const RESERVED = 0.25;

/**
 * A ceiling on tokens a second, for live streams: a token bucket (RFC 2697 calls it a single-rate meter) whose level
 * steers the price, so that a busy stretch is told more coarsely long before the bucket is empty.
 *
 * Bound: in any stretch of T seconds no more than `tokensPerSecond × (T + burstS)` tokens, as long as a burst is two
 * tokens or more and no two frames lie closer than one token's time; a frame that does costs its one token on top. A cut
 * is never starved: ordinary frames cannot touch its reserve, and where they come at three quarters of the ceiling or
 * slower, it is full again four times its size in tokens' time after a cut.
 */
export function rateSpending({ tokensPerSecond, burstS, price, sceneTokens }: RateOptions): SpendingRule {
  const burst = tokensPerSecond * burstS;
  const reserveSize = Math.min(sceneTokens, burst / 2);
  const purseSize = burst - reserveSize;
  let purse = purseSize;
  let reserve = reserveSize;
  let lastS: number | undefined;
  let scene = false;

  const refill = (timeS: number): void => {
    const income = tokensPerSecond * Math.max(0, timeS - (lastS ?? timeS));
    lastS = timeS;
    // A reserve filled from a debt would be spent twice.
    const kept = Math.max(0, Math.min(reserveSize - reserve, RESERVED * income, purse + income - 1));
    reserve += kept;
    purse = Math.min(purseSize, purse + income - kept);
  };
  return {
    allow(moment) {
      refill(moment.timeS);
      scene = moment.scene;
      const most = Math.max(1, Math.floor(scene ? Math.max(0, purse) + reserve : purse));
      const fill = Math.max(0, Math.min(1, purse / purseSize));
      return { most, price: scene ? price : price * SCARCITY ** (1 - fill) };
    },
    spent(tokens) {
      const fromReserve = scene ? Math.min(reserve, tokens) : 0;
      reserve -= fromReserve;
      // Frames that come faster than tokens cost one each all the same: a debt, with a bound so that it can be paid.
      purse = Math.max(-purseSize, purse - (tokens - fromReserve));
    },
  };
}
