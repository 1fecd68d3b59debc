// A framenest server in a process of its own: one stream as fast as its subscribers take it, and a live one. With `--log`
// their packets are kept on disk, as `framenest serve` keeps them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { LogStore, TokenStream, startServer } from 'framenest';
import { noEncoder } from '../stand-ins.mjs';
import { answer } from './parent.mjs';

/** 144 tokens of 576 channels in 16 bits, as the embedded encoder has them. */
const encoder = noEncoder({
  ...{ name: 'none', inputSide: 96, resize: 'stretch', padColor: [0, 0, 0], stage: 'pre', digest: 'sha256:none' },
  ...{ gridSide: 24, channels: 576 },
});
const options = { policy: 'fixed:144', layout: 'uniform' };
const pixels = new Uint8Array(96 * 96 * 3);
let perSecond = 0;

/** Grey frames without end: of a live one so many a second as the parent says, of the other as many as are pulled. */
function endless(live) {
  return {
    facts: { input: 'none', decoder: 'libav', timebase, width: 96, height: 96, codec: 'rawvideo', live },
    counts: { decoded: 0, discarded: 0, skipped: 0 },
    recycle: () => undefined,
    close: () => Promise.resolve(),
    async *frames(signal) {
      for (let index = 0; !signal.aborted; index++) {
        if (live) await beat(signal);
        else await setImmediate();
        yield frameOf(index, live);
      }
    },
  };
}

const timebase = { num: 1, den: 1000 };

function frameOf(index, live) {
  const now = Math.round((performance.timeOrigin + performance.now()) * 1000);
  return {
    ...{ index, pts: BigInt(index) * 33n, timebase, keyframe: true, width: 96, height: 96, data: pixels },
    ...(live && { wallclockUs: BigInt(now) }),
    droppedBefore: 0,
  };
}

let due = 0;

async function beat(signal) {
  while (perSecond === 0 && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
  due = Math.max(performance.now(), due + 1000 / perSecond);
  await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
}

const store = process.argv.includes('--log') ? await openLog() : undefined;
const streams = ['flow', 'live'].map(
  (name) =>
    new TokenStream({
      ...{ name, source: endless(name === 'live'), encoder, options, patienceMs: 3_600_000 },
      ...(store && { log: store.log(name) }),
    }),
);

/** In a folder that goes with this process. */
async function openLog() {
  const dir = mkdtempSync(join(tmpdir(), 'framenest-bench-'));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  return LogStore.open({ dir, keep: { bytes: 2 ** 28, ageS: 3600, packets: 1_000_000 } });
}

const server = await startServer({ host: '127.0.0.1', port: 0, name: 'bench', streams });

answer(server.url, {
  /** Packets a second of the live stream; 0 rests. */
  pace: (rate) => (perSecond = rate),
});
