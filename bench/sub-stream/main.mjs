// What a sub-stream saves: processor time of the decoders of one camera over real RTSP, with and without it.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { openSource } from '../../dist/decode/open-source.js';
import { median } from '../median.mjs';

/** Ticks of a second in /proc/PID/stat, on every Linux that Node runs on. */
const TICKS = 100;

/** Frames that are not measured: opening takes its time. */
const WARM_UP = 20;

const count = (text) => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`"${text}" is no whole number above 0.`);
};

const { seconds, rounds } = new Command('bench:substream')
  .description(
    'processor time of the decoders of a camera, H.264 of 1920×1080 at 25 pictures/s, with and without its sub-stream of ' +
      '640×360 at 10; needs Linux, ffmpeg and the RTSP server of GStreamer',
  )
  .addOption(new Option('--seconds <N>', 'of each measurement').argParser(count).default(20))
  .addOption(new Option('--rounds <N>', 'of all cases in turn; medians are quoted').argParser(count).default(3))
  .parse()
  .opts();

const folder = await mkdtemp(join(tmpdir(), 'framenest-substream-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const cameras = [
  await startCamera('main', { size: '1920x1080', fps: 25, kbits: 4000 }),
  await startCamera('sub', { size: '640x360', fps: 10, kbits: 400 }),
];
const [main, sub] = cameras.map(({ url }) => url);
const cases = [
  { name: 'main stream alone', input: main },
  { name: 'both, nothing to encode', input: main, scoreInput: sub },
  { name: 'both, one frame of ten encoded', input: main, scoreInput: sub, every: 10 },
  { name: 'both, every frame encoded', input: main, scoreInput: sub, every: 1 },
  { name: 'sub-stream alone', input: sub },
];
const shares = cases.map(() => []);
try {
  for (let round = 0; round < rounds; round++) {
    for (const [i, each] of cases.entries()) shares[i].push(await decoderShare(each));
  }
} finally {
  for (const camera of cameras) camera.stop();
}
const table = new Table({ head: ['10 frames/s kept', 'of one core', 'ratio'], style: { head: [], border: [] } });
for (const [i, { name }] of cases.entries()) {
  const ratio = median(shares[i].map((share, round) => share / shares[0][round]));
  table.push([name, `${(100 * median(shares[i])).toFixed(1)} %`, ratio.toFixed(2)]);
}
process.stdout.write(`${table.toString()}\n`);

/** Seconds of processor time that the decoders of a source take for each second. */
async function decoderShare({ input, scoreInput, every = Infinity }) {
  const target = { side: 384, resize: 'pad', padColor: [0, 0, 0], fps: 10 };
  const source = await openSource(input, target, { isolated: true, ...(scoreInput && { scoreInput }) });
  const pids = [source.facts.pid, source.facts.scored?.pid].filter((pid) => pid !== undefined);
  let start;
  for await (const frame of source.frames(new AbortController().signal)) {
    if (source.picture && frame.index % every === 0) source.recycle(await source.picture(frame));
    source.recycle(frame.data);
    if (frame.index === WARM_UP) start = { ticks: await ticksOf(pids), atMs: performance.now() };
    const ms = start ? performance.now() - start.atMs : 0;
    // Read while the decoders still run.
    if (ms >= seconds * 1000) return ((await ticksOf(pids)) - start.ticks) / TICKS / (ms / 1000);
  }
  throw new Error(`${input} ended.`);
}

/** Of the processes together, in user and system mode. */
async function ticksOf(pids) {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      // After the name, which may hold anything: state is the first field, utime and stime the twelfth and thirteenth.
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      return Number(user) + Number(system);
    }),
  );
  return each.reduce((sum, ticks) => sum + ticks, 0);
}

/** A test picture under the noise of a sensor, a key frame a second, recorded and then served over real RTSP. */
async function startCamera(name, { size, fps, kbits }) {
  const file = join(folder, `${name}.mp4`);
  const input = ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${fps},noise=alls=6:allf=t`, '-t', String(seconds + 15)];
  const coding = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-g', String(fps), '-pix_fmt', 'yuv420p'];
  const rate = ['-b:v', `${kbits}k`, '-maxrate', `${kbits}k`, '-bufsize', `${kbits}k`];
  await promisify(execFile)('ffmpeg', ['-v', 'error', ...input, ...coding, ...rate, file]);
  const script = new URL('../../test/support/rtsp-server.py', import.meta.url).pathname;
  const child = spawn('/usr/bin/python3', [script, file], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [text] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => [''])]);
  if (!text) throw new Error('The cameras need GStreamer and its RTSP server: .ci/run names the packages.');
  return { url: `rtsp://127.0.0.1:${Number(text)}/cam`, stop: () => child.kill('SIGKILL') };
}
