import { setTimeout as sleep } from 'node:timers/promises';

/** Until every subscriber takes part, and what was compiled late is. */
const RAMP_MS = 700;

/**
 * Bytes a second that a saturated server brings to its subscribers, and the processor time that they cost it.
 * @param setup - server: a Child; group: of subscribers; crowd; begin and rest: of the server where it must be told
 */
export async function saturate({ server, crowd, group, begin, rest }, seconds) {
  await crowd.start(group);
  await begin?.();
  await sleep(RAMP_MS);
  const before = await look(server, crowd, group);
  await sleep(seconds * 1000);
  const after = await look(server, crowd, group);
  await rest?.();
  await crowd.stop(group);
  const bytes = after.bytes - before.bytes;
  return {
    bytesPerSecond: bytes / (after.at - before.at),
    cpuPerGigabyte: (after.cpu - before.cpu) / (bytes / 1e9),
    clientCpuPerGigabyte: (after.clientCpu - before.clientCpu) / (bytes / 1e9),
  };
}

async function look(server, crowd, group) {
  const [{ cpu, rss }, clientCpu, bytes] = await Promise.all([server.call('usage'), crowd.cpu(), crowd.bytes(group)]);
  return { at: performance.now() / 1000, cpu: (cpu.user + cpu.system) / 1e6, rss, clientCpu, bytes };
}

/** p99 of the time from a frame to a subscriber that holds its packet, milliseconds, while the stream keeps a pace. */
export async function latency({ server, crowd, group }, rate, seconds) {
  await crowd.start(group);
  await server.call('pace', rate);
  await sleep(RAMP_MS);
  await crowd.measure(group);
  await sleep(seconds * 1000);
  const { latencies, gaps } = await crowd.measured(group);
  await server.call('pace', 0);
  await crowd.stop(group);
  const quantile = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
  return { p50: quantile(0.5), p99: quantile(0.99), packets: latencies.length, gaps };
}
