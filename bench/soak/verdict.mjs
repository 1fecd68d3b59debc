import Table from 'cli-table3';
import { latencyQuantile } from './samples.mjs';

/**
 * Frames of one connection that may be on their way: in flight in the pipeline (4), at both live edges (2 + 2), in the
 * decoder and the pipe between (3 + 3).
 */
const ON_THEIR_WAY = 14;

/** Aims: share of the frames that is scored, frame to packet at p99, resident memory at the end over that after warm-up. */
const LEAST_SCORED = 0.95;
const MOST_P99_S = 0.5;
const MOST_GROWTH = 1.1;

const mib = (bytes) => (bytes / 2 ** 20).toFixed(0);
const ms = (seconds) => `${(seconds * 1000).toFixed(0)} ms`;

/** One line for who watches. */
export function printSample(now, first, before = first) {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
  const cells = [
    `${((now.atMs - first.atMs) / 60_000).toFixed(1)} min`,
    `${((now.packed - before.packed) / seconds).toFixed(1)} packets/s`,
    `${(now.dropped - before.dropped).toFixed(0)} dropped`,
    `p50 ${ms(latencyQuantile(0.5, before.latency, now.latency))}`,
    `p99 ${ms(latencyQuantile(0.99, before.latency, now.latency))}`,
    `rss ${mib(now.rss)} MiB + ${now.children} processes ${mib(now.childBytes)} MiB`,
    `${now.openFds} fds`,
    `${now.connections} connections`,
  ];
  process.stdout.write(`${cells.join('  ')}\n`);
}

/**
 * What the samples say, and what is wrong. No camera is connected in `last`, the one for counts: then they must balance to
 * the frame. The first quarter, at most two minutes, is warm-up and counts for counts only.
 */
export function verdictOf(samples, last, faults, service) {
  const [first] = samples;
  const end = samples.at(-1);
  const warmMs = Math.min(120_000, (end.atMs - first.atMs) / 4);
  const warm = samples.filter(({ atMs }) => atMs - first.atMs >= warmMs);
  const half = warm[Math.floor(warm.length / 2)];
  const scored = last.packed - first.packed;
  const dropped = last.dropped - first.dropped;
  const unbalanced = last.decoded - last.discarded - last.skipped - last.packed - last.dropped - last.lost;
  const late = faults.filter(({ backS, boundS }) => backS > boundS);
  const leaks = service.leaks();
  const verdict = {
    scoredShare: scored / (scored + dropped),
    latencyP50: latencyQuantile(0.5, warm[0].latency, end.latency),
    latencyP99: latencyQuantile(0.99, warm[0].latency, end.latency),
    latencyP99Drift:
      latencyQuantile(0.99, half.latency, end.latency) / latencyQuantile(0.99, warm[0].latency, half.latency),
    rssSlopeMibPerHour: slope(warm, ({ rss }) => rss) / 2 ** 20,
    rssLastOverFirst: end.rss / warm[0].rss,
    ownSlopeMibPerHour: slope(warm, ({ own }) => own) / 2 ** 20,
    childSlopeMibPerHour: slope(warm, ({ childBytes }) => childBytes) / 2 ** 20,
    fdsAtStart: first.openFds,
    fdsAtEnd: end.openFds,
    unbalanced,
    lost: last.lost,
    leaks,
    connections: last.connections,
    tokensPerFrame: (last.tokens - first.tokens) / scored,
    encoderRunShare: (last.encoderRuns - first.encoderRuns) / scored,
    faults,
  };
  const failures = [
    ...(unbalanced === 0 ? [] : [`counts do not balance: ${unbalanced} frames`]),
    ...(verdict.scoredShare < LEAST_SCORED ? ['too few frames scored'] : []),
    ...(verdict.latencyP99 > MOST_P99_S ? ['packets come too late'] : []),
    ...(verdict.rssLastOverFirst > MOST_GROWTH ? ['memory grew'] : []),
    ...(last.lost > ON_THEIR_WAY * last.connections ? [`${last.lost} frames lost with their connections`] : []),
    ...(end.openFds > first.openFds + 8 ? [`handles grew from ${first.openFds} to ${end.openFds}`] : []),
    ...late.map(({ fault, camera, backS }) => `${camera} was back ${backS} s after ${fault}`),
    ...(leaks > 0 ? [`${leaks} lines with a password`] : []),
    ...(service.alive() ? [] : ['the service ended']),
  ];
  return { ...verdict, failures };
}

/** Slope of a straight line through the samples, least squares, per hour. */
function slope(samples, of) {
  const hours = samples.map(({ atMs }) => atMs / 3_600_000);
  const values = samples.map(of);
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [x, y] = [mean(hours), mean(values)];
  const spread = hours.reduce((sum, hour) => sum + (hour - x) ** 2, 0);
  return hours.reduce((sum, hour, i) => sum + (hour - x) * (values[i] - y), 0) / spread;
}

/** A table, the faults, and what failed. */
export function printVerdict(verdict) {
  const table = new Table({ style: { head: [], border: [] } });
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  table.push(
    ['frames scored, of those decoded', percent(verdict.scoredShare)],
    ['frame to packet, p50', ms(verdict.latencyP50)],
    ['frame to packet, p99', ms(verdict.latencyP99)],
    ['p99 of the second half / first half', verdict.latencyP99Drift.toFixed(2)],
    ['resident memory, last / after warm-up', verdict.rssLastOverFirst.toFixed(3)],
    ['resident memory, slope', `${verdict.rssSlopeMibPerHour.toFixed(1)} MiB/h`],
    ['of it without mapped files, slope', `${verdict.ownSlopeMibPerHour.toFixed(1)} MiB/h`],
    ['own memory of decoders and log, slope', `${verdict.childSlopeMibPerHour.toFixed(1)} MiB/h`],
    ['open handles, first and last', `${verdict.fdsAtStart}, ${verdict.fdsAtEnd}`],
    ['decoded − discarded − packed − dropped − lost, all cameras off', `${verdict.unbalanced} frames`],
    ['frames lost with their connections', verdict.lost],
    ['lines with a password', verdict.leaks],
    ['connections made', verdict.connections],
    ['tokens per frame', verdict.tokensPerFrame.toFixed(1)],
    ['frames for which the encoder ran', percent(verdict.encoderRunShare)],
  );
  process.stdout.write(`${table.toString()}\n`);
  for (const { fault, camera, backS, boundS } of verdict.faults) {
    process.stdout.write(`${fault} of ${camera}: back after ${backS.toFixed(1)} s (bound ${boundS} s)\n`);
  }
  for (const failure of verdict.failures) process.stdout.write(`FAILED  ${failure}\n`);
}
