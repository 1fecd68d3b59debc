import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** What the cameras show, in turn: things that move, a noisy corner, and pictures that rest. */
const PATTERNS = ['ball', 'gradient', 'smpte', 'ball', 'gradient', 'smpte100', 'gradient', 'pinwheel'];

const script = new URL('../../test/support/live-cameras.py', import.meta.url).pathname;

/**
 * Real RTSP cameras (GStreamer) that ask for a password, each behind a network of ours that can be cut and frozen.
 * @param {{ cameras: number, fps: number }} options
 */
export async function startCameras({ cameras: count, fps }) {
  const names = Array.from({ length: count }, (_, i) => `cam${i + 1}`);
  const launch = (pattern) =>
    `videotestsrc is-live=true pattern=${pattern} ! video/x-raw,width=640,height=360,framerate=${fps}/1`;
  const args = names.map((name, i) => `${name}=${launch(PATTERNS[i % PATTERNS.length])}`);
  let child;
  const login = ['soak', randomBytes(12).toString('hex')];
  const start = async (port) => {
    child = spawn('/usr/bin/python3', [script, '--port', String(port), '--login', ...login, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [text] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => [''])]);
    if (!text) throw new Error('The cameras need GStreamer and its RTSP server: .ci/run names the packages.');
    return Number(String(text).trim());
  };
  const port = await start(0);
  const networks = await Promise.all(names.map(() => openNetwork(port)));
  return {
    list: names.map((name, i) => ({
      name,
      url: `rtsp://${login.join(':')}@127.0.0.1:${networks[i].port}/${name}`,
      network: networks[i],
    })),
    /** What nobody may read anywhere: the password, and what a header makes of it. */
    secrets: [login[1], Buffer.from(login.join(':')).toString('base64')],
    /** Kills all of them at once, and starts them again after so many seconds. */
    async restart(seconds) {
      child.kill('SIGKILL');
      await once(child, 'exit');
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      await start(port);
    },
    async stop() {
      child.kill('SIGKILL');
      for (const network of networks) network.close();
    },
  };
}

/** A TCP proxy that can be frozen and cut. */
async function openNetwork(target) {
  const pairs = new Set();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const pair = [near, far];
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near]]) {
      from.on('error', () => undefined);
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      from.pipe(to);
      if (frozen) from.pause();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const each = (act) => pairs.forEach((pair) => pair.forEach(act));
  return {
    port: server.address().port,
    freeze() {
      frozen = true;
      each((socket) => socket.unpipe().pause());
    },
    /** What was frozen is cut: a real network forgets its connections too. */
    thaw() {
      frozen = false;
      each((socket) => socket.destroy());
    },
    cut: () => each((socket) => socket.resetAndDestroy()),
    close() {
      each((socket) => socket.destroy());
      server.close();
    },
  };
}
