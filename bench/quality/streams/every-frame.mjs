import { toSide } from './gated.mjs';

/**
 * Every frame whole at one scale: the most that a ladder with this ceiling can do.
 * @param {number} side of the scale, 12 for 144 tokens
 * @returns {import('./stream.mjs').StreamMethod}
 */
export function everyFrame(side) {
  return (facts) => ({
    async next({ features }) {
      return { tokens: side * side, ran: true, held: toSide(await features(), facts, side), side };
    },
  });
}
