import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSampleClip, sampleFps, sampleMarks } from '#dist/decode/sample-clip.js';
import type { Frame } from '#dist/media/frame.js';
import { seconds } from '#dist/media/timebase.js';
import { decodeAll } from '../support/decoding.ts';
import { meanDifference } from '../support/pictures.ts';

describe('makeSampleClip', () => {
  let folder = '';
  let frames: readonly Frame[] = [];
  const progress: number[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framenest-sample-'));
    await makeSampleClip(join(folder, 'a.mp4'), (share) => progress.push(share));
    frames = (await decodeAll(join(folder, 'a.mp4'), 'libav', { side: 128 })).frames;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Mean difference of the frame at `s` seconds from the one before it. */
  const change = (s: number): number => {
    const at = Math.round(s * sampleFps);
    return meanDifference(frames[at]?.data ?? new Uint8Array(), frames[at - 1]?.data ?? new Uint8Array());
  };
  const brightness = (s: number): number => {
    const data = frames[Math.round(s * sampleFps)]?.data ?? new Uint8Array();
    return data.reduce((sum, level) => sum + level, 0) / data.length;
  };

  it('makes twenty seconds at 25 frames per second', () => {
    expect(frames).toHaveLength(sampleMarks.end * sampleFps);
    frames.forEach((f, i) => expect(seconds(f.pts, f.timebase)).toBeCloseTo(i / sampleFps, 9));
  });

  it('shows what its marks say', () => {
    const noise = change(sampleMarks.still + 3);
    expect(noise).toBeGreaterThan(0.2);
    expect(noise).toBeLessThan(2.5);
    expect(change(sampleMarks.crossing + 2)).toBeGreaterThan(noise * 1.2);
    expect(brightness(sampleMarks.cut - 0.1)).toBeLessThan(brightness(sampleMarks.drift) * 0.75);
    expect(change(sampleMarks.cut)).toBeGreaterThan(20);
    expect(change(sampleMarks.cut + 1)).toBeLessThan(3);
    expect(change(sampleMarks.busy + 2)).toBeGreaterThan(10);
  });

  it('reports its progress up to 1 and leaves only the clip', async () => {
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    expect(await readdir(folder)).toEqual(['a.mp4']);
  });

  it('makes the same bytes again', async () => {
    await makeSampleClip(join(folder, 'b.mp4'));
    const digest = async (name: string): Promise<string> =>
      createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex');
    expect(await digest('b.mp4')).toBe(await digest('a.mp4'));
  });

  it('says where it cannot write', async () => {
    await expect(makeSampleClip(join(folder, 'missing', 'c.mp4'))).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  });
});
