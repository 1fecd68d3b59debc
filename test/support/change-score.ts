import type { ChangeScore } from '#dist/media/change-score.js';

/** A score in which nothing happened, but for what `part` says. */
export function score(part: Partial<ChangeScore> = {}): ChangeScore {
  return {
    value: 0,
    holdEnergy: 0,
    scaleEnergies: [0, 0, 0, 0],
    cut: false,
    flash: false,
    first: false,
    staleS: 0,
    noiseFloor: 1,
    ...part,
  };
}
