import { setTimeout as sleep } from 'node:timers/promises';
import { checks } from './checks/index.mjs';
import { Failed, Skipped } from './outcome.mjs';
import { Site } from './site.mjs';

/** Longest that one check may take, and all together, milliseconds. */
const CHECK_MS = 20_000;
const RUN_MS = 180_000;

/**
 * Runs the checks against a server, one after the other, each on sockets of its own.
 * @param server - `{url, token?, stream?}`; without `stream`, the first live one that gives packets, or else the first
 * @param report - called with each result as it comes
 * @param only - names of the checks to run; all where it is left out
 * @returns `{server, stream, results}`; a result: `{group, name, rule, outcome: 'pass' | 'fail' | 'skip', seen}`
 */
export async function runChecks({ url, token, stream }, { report = () => undefined, only } = {}) {
  const site = new Site({ url, token });
  try {
    await survey(site, stream);
    const end = performance.now() + RUN_MS;
    const results = [];
    for (const check of checks) {
      if (only && !only.includes(check.name)) continue;
      const result = await judge(check, site, end);
      results.push(result);
      report(result);
    }
    return { server: site.welcome.server, stream: site.stream.name, results };
  } finally {
    site.leave();
  }
}

/** Learns what is on offer, and chooses the stream to look at. */
async function survey(site, name) {
  const peer = await site.open();
  [site.welcome] = peer.all('welcome');
  const { streams, limits } = site.welcome;
  if (!Array.isArray(streams) || !limits) throw new Failed('The welcome of the server names no streams, or no limits.');
  const running = streams.find(({ live, state }) => live && state === 'live');
  site.stream = name === undefined ? (running ?? streams[0]) : streams.find((each) => each.name === name);
  site.leave();
  if (site.stream) return;
  const offered = streams.slice(0, 20).map((each) => each.name);
  throw new Failed(`The server has no stream ${name ?? 'at all'}; it has: ${offered.join(', ') || 'none'}.`);
}

async function judge({ group, name, rule, run }, site, end) {
  const about = { group, name, rule };
  const left = Math.min(CHECK_MS, end - performance.now());
  if (left <= 0) return { ...about, outcome: 'fail', seen: `not run: ${RUN_MS / 1000} s were over` };
  const late = new AbortController();
  const tooLong = sleep(left, undefined, { signal: late.signal }).then(() => {
    throw new Failed(`no result within ${Math.round(left / 1000)} s`);
  });
  try {
    return { ...about, outcome: 'pass', seen: await Promise.race([run(site), tooLong]) };
  } catch (error) {
    if (error instanceof Skipped) return { ...about, outcome: 'skip', seen: error.message };
    // Whatever a strange server makes a check trip over is that server's failure: the rest still runs.
    return { ...about, outcome: 'fail', seen: error.message };
  } finally {
    late.abort();
    tooLong.catch(() => undefined);
    site.leave();
  }
}
