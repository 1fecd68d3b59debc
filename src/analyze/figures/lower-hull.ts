/** What a frame costs at one scale, and what that leaves. */
export interface Choice {
  readonly tokens: number;
  readonly error: number;
}

/** A step along a frame's hull: from one scale to the next that is worth its tokens. */
interface Step {
  readonly tokens: number;
  readonly gain: number;
}

/**
 * D*(B): the least Σ error over all frames that any choice of one scale a frame can reach with this many tokens, each
 * frame on its own (memoryless). The Lagrangian's bound over each frame's lower convex hull, the last step taken in part
 * (Shoham and Gersho 1988; the relaxation of the multiple-choice knapsack): no choice of whole scales is below it.
 * @param choices - for each frame its scales by rising tokens
 * @param budget - tokens of all frames together, at least the coarsest scale for each
 */
export function leastError(choices: readonly (readonly Choice[])[], budget: number): number {
  const steps: Step[] = [];
  let room = budget;
  let error = 0;
  for (const frame of choices) {
    const hull = lowerHull(frame);
    room -= hull[0]!.tokens;
    error += hull[0]!.error;
    for (let i = 1; i < hull.length; i++) {
      steps.push({ tokens: hull[i]!.tokens - hull[i - 1]!.tokens, gain: hull[i - 1]!.error - hull[i]!.error });
    }
  }
  steps.sort((a, b) => b.gain / b.tokens - a.gain / a.tokens);
  for (const { tokens, gain } of steps) {
    if (room <= 0) break;
    error -= gain * Math.min(1, room / tokens);
    room -= tokens;
  }
  return Math.max(0, error);
}

/** The corners of the lower convex hull (Andrew 1979), by rising tokens and falling error. */
export function lowerHull<T extends Choice>(choices: readonly T[]): T[] {
  const hull: T[] = [];
  for (const choice of choices) {
    if (hull.length > 0 && choice.error >= hull.at(-1)!.error) continue;
    while (hull.length > 1 && !bends(hull.at(-2)!, hull.at(-1)!, choice)) hull.pop();
    hull.push(choice);
  }
  return hull;
}

/** Whether a token saves less after `b` than before. */
function bends(a: Choice, b: Choice, c: Choice): boolean {
  return (a.error - b.error) * (c.tokens - b.tokens) > (b.error - c.error) * (b.tokens - a.tokens);
}
