import { ChangeDetector, changePolicy, defaultLadder, seconds } from 'framenest';
import { median } from './median.mjs';

/** Milliseconds to score a frame and choose its scale, against libav's own cut score on the same frames, if given. */
export function scoreCost(facts, frames) {
  const ladder = defaultLadder(facts.gridSide);
  const times = [];
  for (let round = 0; round < 3; round++) {
    const detector = new ChangeDetector({ frameSide: facts.inputSide, ladder, minSceneS: 0.4 });
    const policy = changePolicy(ladder, { price: 400, refreshS: 10, hysteresis: 0.15 });
    for (const { data, pts, timebase } of frames) {
      const started = performance.now();
      const choice = policy.choose(detector.score(data, seconds(pts, timebase)));
      detector.sent(choice.scale);
      if (round > 0) times.push(performance.now() - started);
    }
  }
  const ours = median(times);
  return {
    name: 'score + choose, one frame',
    unit: 'ms',
    ours,
    rivalName: 'a bound of 1 ms',
    rival: 1,
    ratio: ours,
    target: '≤ 1.00',
    reached: ours <= 1,
  };
}
