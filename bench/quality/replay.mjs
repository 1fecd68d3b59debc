import { ReceiverGrid } from 'framenest';
import { cellOf, levelOf } from '#dist/scales/scale-tree.js';
import { poolFrames, squaredDistance } from './pooled-frames.mjs';

/**
 * What a receiver of nested tokens makes of a clip when it is sent block means at these positions.
 * ‖X − X̂‖² = ‖X‖² − ‖Π X‖² + share · ‖P X − X̂‖² for the finest scale of the ladder.
 * @param {import('./pooled-frames.mjs').Clip} clip in whose features errors are taken
 * @param {import('framenest').Ladder} ladder
 * @param {readonly { positions: Int32Array | undefined, tokens: number }[]} sent of each frame; no positions: nothing new
 * @param {(t: number, grid: Float32Array) => void} [look] sees X̂ after every frame
 * @returns {import('./receiver.mjs').Run}
 */
export function replay(clip, ladder, sent, look = () => undefined) {
  const { frames, channels, gridSide } = clip;
  const { energies } = poolFrames(frames, clip, gridSide ** 2);
  const levels = ladder.scales.map(({ tokens }) => poolFrames(frames, clip, tokens));
  const finest = levels.at(-1);
  const grid = new ReceiverGrid(ladder, channels);
  const errors = Float64Array.from(sent, ({ positions = [] }, t) => {
    for (const position of positions) {
      const mean = levels[levelOf(position)].means[t];
      grid.receive(position, mean, cellOf(position) * channels);
    }
    look(t, grid.held);
    return energies[t] - finest.energies[t] + finest.share * squaredDistance(finest.means[t], grid.held);
  });
  return { tokens: Float64Array.from(sent, ({ tokens }) => tokens), errors, energies };
}
