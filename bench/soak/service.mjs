import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

/** Seconds: what the faults' bounds are made of. */
export const BOUNDS = { stall: 5, first: 0.5, most: 4 };

/** `framenest serve --config` in a process of its own, over these cameras. */
export async function startService(cameras, { policy, encoder }) {
  const folder = mkdtempSync(join(tmpdir(), 'framenest-soak-'));
  const file = join(folder, 'framenest.yaml');
  const config = {
    listen: { port: 0 },
    encoder: { name: encoder },
    defaults: { fps: 'native', policy, stallTimeout: BOUNDS.stall, retry: { first: BOUNDS.first, most: BOUNDS.most } },
    sources: cameras.list.map(({ name, url }) => ({ name, input: url })),
  };
  writeFileSync(file, stringify(config));
  // Its packet log lies in its own folder too.
  const child = spawn(process.execPath, [main, 'serve', '--config', file], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = [];
  let rest = '';
  let leaks = 0;
  const hasSecret = (text) => cameras.secrets.some((secret) => text.includes(secret));
  child.stderr.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    leaks += parts.filter(hasSecret).length;
    lines.push(...parts.map(parsed));
    // A night of lines is not kept: the last ones are enough for who looks for a cause.
    if (lines.length > 10_000) lines.splice(0, lines.length - 10_000);
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  while (!/^(ws:\S+)/.test(out)) {
    if (child.exitCode !== null)
      throw new Error(`The service did not start:\n${JSON.stringify(lines.slice(-3))}${rest}`);
    await sleep(50);
  }
  const [url] = /^ws:\S+/.exec(out);
  const http = url.replace('ws:', 'http:');
  const readiness = async () => (await fetch(`${http}/readyz`)).json();
  const statesAre = async (wanted, limitMs) => {
    for (const end = Date.now() + limitMs; ; await sleep(200)) {
      const { sources } = await readiness();
      if (sources.every(({ state }) => wanted(state))) return;
      if (Date.now() > end) throw new Error(`Waited in vain: ${JSON.stringify(sources)}`);
    }
  };
  return {
    url,
    http,
    pid: child.pid,
    lines,
    /** Lines that it wrote with a password in them. */
    leaks: () => leaks + Number(hasSecret(out + rest)),
    alive: () => child.exitCode === null,
    state: async (name) => (await readiness()).sources.find((source) => source.name === name)?.state,
    /** Waits until every source gives frames. */
    allLive: (limitMs) => statesAre((state) => state === 'live', limitMs),
    /** Waits until no source has a connection. */
    noneLive: (limitMs) => statesAre((state) => state === 'connecting' || state === 'backing-off', limitMs),
    async stop() {
      child.kill('SIGTERM');
      await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A line of the log; one that is none, such as why it did not start, as its message. */
function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { msg: line };
  }
}
