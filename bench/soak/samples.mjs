import { readFileSync, readdirSync } from 'node:fs';

/**
 * One look at the service: `/metrics` summed over the streams, and the own memory of its processes for cameras and log.
 * @returns {Promise<object>} counts since the start, bytes, seconds
 */
export async function sampleService({ http, pid }) {
  const text = await (await fetch(`${http}/metrics`)).text();
  const rows = [...text.matchAll(/^(\w+)(?:{([^}]*)})? (\S+)$/gm)].map(([, name, labels = '', value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, label]) => [key, label])),
    value: Number(value),
  }));
  const sum = (name) => rows.filter((row) => row.name === name).reduce((total, { value }) => total + value, 0);
  const total = (name) => sum(`framenest_${name}_total`);
  const children = childrenOf(pid);
  return {
    atMs: Date.now(),
    decoded: total('source_frames_decoded'),
    discarded: total('source_frames_discarded'),
    skipped: total('source_frames_skipped'),
    packed: total('stream_frames'),
    dropped: total('stream_frames_dropped'),
    lost: total('stream_frames_lost'),
    held: total('stream_frames_held'),
    tokens: total('stream_tokens'),
    encoderRuns: total('stream_encoder_runs'),
    connections: total('source_connections'),
    inFlight: sum('framenest_stream_frames_in_flight'),
    rss: sum('process_resident_memory_bytes'),
    own: ownBytes(pid),
    heap: sum('nodejs_heap_size_used_bytes'),
    childBytes: children.reduce((bytes, child) => bytes + ownBytes(child), 0),
    children: children.length,
    openFds: sum('process_open_fds'),
    loopDelayP99: sum('nodejs_eventloop_lag_p99_seconds'),
    latency: buckets(rows, 'framenest_stream_latency_seconds'),
  };
}

/** Counts of the histogram's buckets, summed over the streams: `[upper bound in seconds, frames up to it]`. */
function buckets(rows, name) {
  const found = new Map();
  for (const { name: row, labels, value } of rows) {
    if (row !== `${name}_bucket`) continue;
    const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
    found.set(bound, (found.get(bound) ?? 0) + value);
  }
  return [...found].sort(([a], [b]) => a - b);
}

/**
 * The quantile of what came between two looks, by straight lines inside a bucket, as Prometheus does.
 * @returns {number} seconds; NaN where nothing came
 */
export function latencyQuantile(share, before, now) {
  const counts = now.map(([bound, count], i) => [bound, count - (before?.[i]?.[1] ?? 0)]);
  const total = counts.at(-1)?.[1] ?? 0;
  if (total === 0) return NaN;
  const rank = share * total;
  const i = counts.findIndex(([, count]) => count >= rank);
  const [bound, count] = counts[i];
  const [low, below] = i === 0 ? [0, 0] : counts[i - 1];
  return bound === Infinity ? low : low + (bound - low) * ((rank - below) / Math.max(1, count - below));
}

function childrenOf(pid) {
  const found = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid) found.push(Number(entry));
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

/** Without what it maps: the libraries, which all share, and the file of the log, which the system may drop at any time. */
function ownBytes(pid) {
  try {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
