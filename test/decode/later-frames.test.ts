import { describe, expect, it } from 'vitest';
import { laterFrames } from '#dist/decode/later-frames.js';
import { openSource } from '#dist/decode/open-source.js';
import { seconds } from '#dist/media/timebase.js';
import { sampleClip } from '#dist/jobs/sample-clip.js';

const target = { side: 32, resize: 'stretch', padColor: [0, 0, 0], fps: 2 } as const;

async function times(fromS?: number): Promise<{ readonly pts: bigint; readonly atS: number }[]> {
  const opened = await openSource(await sampleClip(), target, {});
  const source = fromS === undefined ? opened : laterFrames(opened, fromS);
  const found = [];
  for await (const { pts, timebase, data } of source.frames(new AbortController().signal)) {
    found.push({ pts, atS: seconds(pts, timebase) });
    source.recycle(data);
  }
  await source.close();
  return found;
}

describe('laterFrames', () => {
  it('gives what the source gives from that time on, and nothing before', async () => {
    const all = await times();
    const later = await times(7.2);
    expect(later).toEqual(all.filter(({ atS }) => atS >= 7.2));
    expect(later.length).toBeGreaterThan(0);
    expect(later.length).toBeLessThan(all.length);
  });

  it('gives all of it from before its beginning, and nothing from after its end', async () => {
    expect(await times(-Infinity)).toEqual(await times());
    expect(await times(3600)).toEqual([]);
  });
});
