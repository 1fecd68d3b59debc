import { ChangeDetector, ReceiverGrid, changePolicy, makeLadder, parsePipelineOptions } from 'framenest';
import { positionOf } from '#dist/scales/scale-tree.js';
import { M3 } from '../policies.mjs';
import { toSide } from './to-side.mjs';

const { refreshS, hysteresis, minSceneS } = parsePipelineOptions({});

/**
 * Our own way of a frame with policy `change`: pixels decide its scale, the encoder runs where it is sent.
 * @param {number} price squared grey levels
 * @returns {import('./stream.mjs').StreamMethod}
 */
export function changeStream(price) {
  return (facts) => {
    const ladder = makeLadder(facts.gridSide, M3);
    const detector = new ChangeDetector({ frameSide: facts.inputSide, ladder, minSceneS });
    const policy = changePolicy(ladder, { price, refreshS, hysteresis });
    const grid = new ReceiverGrid(ladder, facts.channels);
    return {
      async next({ rgb, timeS, features }) {
        const { scale } = policy.choose(detector.score(rgb, timeS));
        detector.sent(scale);
        if (scale) {
          const means = toSide(await features(), facts, scale.side);
          for (let cell = 0; cell < scale.tokens; cell++) {
            grid.receive(positionOf(scale.level, cell), means, cell * facts.channels);
          }
        }
        return { tokens: scale?.tokens ?? 1, ran: scale !== undefined, held: grid.held, side: grid.side };
      },
    };
  };
}
