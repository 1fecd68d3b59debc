import { ChangeDetector, defaultLadder, gatePolicy, parsePipelineOptions } from 'framenest';
import { poolFrames } from './pooled-frames.mjs';

const { gate, refreshS, minSceneS } = parsePipelineOptions({});

/** Every frame's verdict of the gate; the same for all policies on features, since it looks at pixels alone. */
const verdicts = new WeakMap();

/**
 * The gate's decision for each frame.
 * @param {import('./load-clip.mjs').LoadedClip} clip
 * @returns {{ scene: boolean, run: boolean, score: import('framenest').ChangeScore }[]}
 */
function gateVerdicts(clip) {
  let kept = verdicts.get(clip.rgb);
  if (kept) return kept;
  const ladder = defaultLadder(clip.gridSide);
  const detector = new ChangeDetector({ frameSide: clip.inputSide, ladder, minSceneS });
  const policy = gatePolicy(ladder, { gate, refreshS });
  kept = clip.rgb.map((rgb, t) => {
    const score = detector.score(rgb, clip.timesS[t]);
    const { scale } = policy.choose(score);
    detector.sent(scale);
    return { scene: score.first || score.cut, run: scale !== undefined };
  });
  verdicts.set(clip.rgb, kept);
  return kept;
}

/** The frames as the encoder gave them, at one scale: policies see raw features, as in the product. */
function rawFrames(clip, tokens) {
  const { means } = poolFrames(clip.frames, clip, tokens);
  const { mean } = clip.spread;
  const [centre] = poolFrames([mean], clip, tokens).means;
  const deviation = clip.spread.deviation.map((value) => (Number.isFinite(value) ? value : 0));
  const scratch = new Float32Array(means[0].length);
  return (t) => {
    const from = means[t];
    for (let i = 0; i < scratch.length; i++) scratch[i] = from[i] * deviation[i % clip.channels] + centre[i];
    return scratch;
  };
}

/**
 * Runs selectors side by side over a clip as the pipeline does; calls `each` with every frame's positions.
 * @param {import('./load-clip.mjs').LoadedClip} clip
 * @param {import('framenest').Ladder} ladder of all of them
 * @param {readonly import('framenest').TokenSelector[]} selectors fresh ones
 * @param {{ gated: boolean }} options whether pixels decide that a frame is not encoded
 * @param {(index: number, frame: { positions: Int32Array | undefined, tokens: number }, ran: boolean, ms: number) => void} each
 *   `index`: of the selector
 */
export function runSelectors(clip, ladder, selectors, { gated }, each) {
  const raw = rawFrames(clip, ladder.scales.at(-1).tokens);
  gateVerdicts(clip).forEach(({ scene, run }, t) => {
    const features = raw(t);
    const moment = { timeS: clip.timesS[t], scene };
    selectors.forEach((selector, i) => {
      const started = performance.now();
      const chosen = run || !gated ? selector.select(features, moment) : selector.rest(moment);
      const positions = chosen?.slice();
      if (positions) selector.received(positions, selector.tokensAt(positions));
      each(i, { positions, tokens: positions?.length ?? 1 }, run || !gated, performance.now() - started);
    });
  });
}
