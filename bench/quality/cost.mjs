import { quantile } from './quantile.mjs';

/** Bytes of a packet beside its tokens: safetensors header, pts, kind, scale, position of a small tree. */
const PACKET_BYTES = 900;

/**
 * Q5: what a run cost.
 * @param {import('./load-clip.mjs').LoadedClip} clip
 * @param {import('./policies.mjs').PolicyRun} run
 */
export function costOf(clip, { tokens, ran, ms }) {
  const seconds = clip.frames.length / clip.fps;
  const total = tokens.reduce((sum, n) => sum + n, 0);
  const window = Math.max(1, Math.round(clip.fps));
  const perSecond = Array.from(tokens, (_, t) => tokens.subarray(t, t + window).reduce((sum, n) => sum + n, 0));
  const sorted = Float64Array.from(ms);
  return {
    tokensPerFrame: total / tokens.length,
    tokensPerSecond: total / seconds,
    tokensPerSecondP99: quantile(Float64Array.from(perSecond), 0.99),
    bytesPerSecond: (total * clip.channels * 2 + tokens.length * PACKET_BYTES) / seconds,
    encoderRunsSkipped: ran.filter((run) => !run).length / ran.length,
    selectMs: { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) },
  };
}
