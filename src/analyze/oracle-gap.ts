import type { OracleGap } from './analysis-report.ts';
import { distortionAt } from './equal-distortion.ts';
import { leastError } from './figures/lower-hull.ts';
import { randomNumbers, shuffled } from './shuffled.ts';

/** Random orders that are averaged: a single one may be lucky. */
const ORDERS = 16;

/** An oracle that saves less than this share of the distortion leaves no gap to speak of. */
const LEAST_ROOM = 0.01;

/** A policy's scales, to be held against the oracle's. */
export interface ChosenScales {
  readonly policy: OracleGap['policy'];
  readonly setting: number;
  /** For each frame, the level that it went out at. */
  readonly levels: readonly number[];
  /** Levels that the policy may use: the oracle and the uniform scales use the same. */
  readonly allowed: number;
}

/**
 * How far a policy's scales come from uniform ones towards the best, each frame on its own (memoryless: what the
 * receiver holds from before counts for nothing, so that the best can be found exactly).
 * @param left - for each frame what each scale leaves, coarsest first
 * @param ladder - tokens of each scale
 */
export function oracleGap(
  { policy, setting, levels, allowed }: ChosenScales,
  left: readonly (readonly number[])[],
  ladder: readonly number[],
  seed: number,
): OracleGap {
  const frames = levels.length;
  const usable = ladder.slice(0, allowed);
  const tokens = levels.reduce((sum, level) => sum + (ladder[level] ?? 0), 0);
  const meanOf = (order: readonly number[]): number =>
    order.reduce((sum, level, t) => sum + (left[t]?.[level] ?? 0), 0) / frames;
  const fixed = usable.map((count, level) => ({
    tokensPerFrame: count,
    distortion: meanOf(levels.map(() => level)),
  }));
  const choices = left.map((row) => usable.map((count, level) => ({ tokens: count, error: row[level] ?? 0 })));
  const next = randomNumbers(seed);
  const orders = Array.from({ length: ORDERS }, () => meanOf(shuffled(levels, next)));
  const uniform = distortionAt(fixed, tokens / frames);
  const best = leastError(choices, tokens) / frames;
  const policyLeft = meanOf(levels);
  const shuffledLeft = orders.reduce((sum, value) => sum + value, 0) / ORDERS;
  const room = uniform - best > LEAST_ROOM * uniform ? uniform - best : undefined;
  return {
    policy,
    setting,
    tokensPerFrame: tokens / frames,
    uniform,
    best,
    policyLeft,
    shuffledLeft,
    ...(room !== undefined && { gap: (uniform - policyLeft) / room, shuffledGap: (uniform - shuffledLeft) / room }),
  };
}
