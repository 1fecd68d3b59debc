import type { Sampling } from './messages.ts';

/** exp(-25): what is less likely than this times the likeliest token is never drawn, all of it together neither. */
const negligible = 25;

/** Chooses tokens; one for each answer. */
export class Sampler {
  readonly #sampling: Sampling;
  #state: number;

  constructor(sampling: Sampling) {
    this.#sampling = sampling;
    this.#state = sampling.seed | 0;
  }

  /**
   * The likeliest token at temperature 0, the first of equal ones; else one drawn from the softmax of
   * logits ÷ temperature over the top k, then over the nucleus (Holtzman et al., The Curious Case of Neural Text
   * Degeneration, section 3.1), the order of transformers' logits warpers.
   * @param logits `[vocabulary]`
   * @throws RangeError where no logit is a finite number
   */
  next(logits: Float32Array): number {
    const best = likeliest(logits);
    const { temperature, topK, topP } = this.#sampling;
    if (temperature === 0) return best;
    const top = logits[best] ?? 0;
    const near: { token: number; weight: number }[] = [];
    logits.forEach((logit, token) => {
      const exponent = (logit - top) / temperature;
      if (exponent > -negligible) near.push({ token, weight: Math.exp(exponent) });
    });
    near.sort((a, b) => b.weight - a.weight || a.token - b.token);
    const kept = nucleus(topK > 0 ? near.slice(0, topK) : near, topP);
    let rest = this.#random() * sum(kept);
    for (const { token, weight } of kept) {
      rest -= weight;
      if (rest < 0) return token;
    }
    return best;
  }

  /** 0 ≤ r < 1. Mulberry32 (Tommy Ettinger, public domain). */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** The fewest of the likeliest that have `share` of the weight: the one that reaches it is the last. */
function nucleus<T extends { weight: number }>(sorted: readonly T[], share: number): readonly T[] {
  if (share >= 1) return sorted;
  const wanted = share * sum(sorted);
  let had = 0;
  const end = sorted.findIndex(({ weight }) => (had += weight) >= wanted);
  return end < 0 ? sorted : sorted.slice(0, end + 1);
}

function sum(candidates: readonly { weight: number }[]): number {
  return candidates.reduce((total, { weight }) => total + weight, 0);
}

function likeliest(logits: Float32Array): number {
  let best = -1;
  let top = -Infinity;
  logits.forEach((logit, token) => {
    if (logit > top) {
      top = logit;
      best = token;
    }
  });
  if (best >= 0 && Number.isFinite(top)) return best;
  throw new RangeError('the model gives logits that are no numbers');
}
