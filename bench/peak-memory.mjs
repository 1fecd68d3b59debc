import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repeated } from './clips.mjs';
import { median } from './median.mjs';

const child = fileURLToPath(new URL('peak-memory-child.mjs', import.meta.url));

/** Peak resident memory of a run over ten minutes of video against one over one minute of the same. */
export function peakMemory(clip, rounds, fps) {
  const out = mkdtempSync(join(tmpdir(), 'framenest-'));
  const peakMiB = (seconds) => {
    const { stdout, status, stderr } = spawnSync(process.execPath, [child, repeated(clip, seconds), out, fps]);
    if (status !== 0) throw new Error(`The run failed: ${stderr}`);
    return Number(stdout) / 1024;
  };
  const long = [];
  const short = [];
  for (let round = 0; round < rounds; round++) {
    short.push(peakMiB(60));
    long.push(peakMiB(600));
  }
  rmSync(out, { recursive: true });
  const ratio = median(long) / median(short);
  return {
    name: `peak memory of 10 minutes, --fps ${fps}`,
    unit: 'MiB',
    ours: median(long),
    rivalName: '1 minute of the same',
    rival: median(short),
    ratio,
    target: '≤ 1.10',
    reached: ratio <= 1.1,
  };
}
