import { TokenSelector, fidelitySpending, makeLadder } from 'framenest';
import { median } from './median.mjs';

const GRID_SIDE = 24;
const SCENE_FRAMES = 40;
/** Side of the thing that moves, cells. */
const MOVING_SIDE = 8;
/** Sensor noise in the features, as a share of their spread. */
const NOISE = 0.1;
const WARM_UP_FRAMES = 20;
const FRAMES = 120;

/**
 * Milliseconds to choose the tokens of a frame from its features and to keep account of what went out, tree layout:
 * medians over frames of random features, against the bounds of a 24×24 grid.
 */
export function selectCost() {
  return [
    { channels: 576, bound: 2 },
    { channels: 1024, bound: 5 },
  ].map(({ channels, bound }) => {
    const ours = median(selectTimes(channels));
    return {
      name: `select + send, one frame, ${GRID_SIDE ** 2} × ${channels}`,
      unit: 'ms',
      ours,
      rivalName: `a bound of ${bound} ms`,
      rival: bound,
      ratio: ours / bound,
      target: '≤ 1.00',
      reached: ours <= bound,
    };
  });
}

/** Milliseconds of each frame but the first ones, which run before the code is compiled. */
function selectTimes(channels) {
  const ladder = makeLadder(GRID_SIDE, [1, 9, 36, 144, GRID_SIDE ** 2]);
  const selector = new TokenSelector(ladder, channels, 'tree', fidelitySpending(5));
  const film = makeFilm(channels);
  const times = [];
  for (let t = 0; t < FRAMES; t++) {
    const features = film(t);
    const started = performance.now();
    const positions = selector.select(features, { timeS: t / 4, scene: t % SCENE_FRAMES === 0 });
    selector.received(positions, selector.tokensAt(positions));
    if (t >= WARM_UP_FRAMES) times.push(performance.now() - started);
  }
  return times;
}

/**
 * A film of features: a new random scene every `SCENE_FRAMES` frames, noise everywhere, and a square of other random
 * features that moves by a cell in each frame.
 * @returns {(t: number) => Float32Array} the frame t, `[cells, channels]`; overwritten by the next call
 */
function makeFilm(channels) {
  const uniform = (size) => Float32Array.from({ length: size * channels }, () => 2 * Math.random() - 1);
  const moving = uniform(MOVING_SIDE ** 2);
  const features = new Float32Array(GRID_SIDE ** 2 * channels);
  let scene;
  return (t) => {
    if (t % SCENE_FRAMES === 0) scene = uniform(GRID_SIDE ** 2);
    for (let i = 0; i < features.length; i++) features[i] = scene[i] + NOISE * (2 * Math.random() - 1);
    const left = t % (GRID_SIDE - MOVING_SIDE);
    for (let row = 0; row < MOVING_SIDE; row++) {
      const line = moving.subarray(row * MOVING_SIDE * channels, (row + 1) * MOVING_SIDE * channels);
      features.set(line, ((row + MOVING_SIDE) * GRID_SIDE + left) * channels);
    }
    return features;
  };
}
