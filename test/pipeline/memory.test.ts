import { pipeline } from '#dist/pipeline/pipeline.js';
import { lastValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { collectGarbage } from '../support/collect-garbage.ts';
import { PaintedSource } from '../support/painted-source.ts';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { scenery, withBox } from '../support/picture.ts';
import { turn } from '../support/sleep.ts';

const SIDE = 192;
const FRAMES = 2000;
const FRAME_BYTES = SIDE ** 2 * 3;

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

test('the memory of a pipeline is as large after thousands of frames as after hundreds, with a slow sink', async () => {
  const still = scenery(SIDE, 1);
  const pictures = Array.from({ length: 8 }, (_, i) =>
    withBox(still, { x: i * 10, y: 40, width: 16, height: 16 }, [255, 255, 255]),
  );
  const source = new PaintedSource({ count: FRAMES, paint: (i) => pictures[i % 8]! });
  const resident: number[] = [];
  let delivered = 0;
  let ahead = 0;
  const sink = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) await turn();
    delivered++;
    ahead = Math.max(ahead, source.counts.decoded - delivered + 1);
    if (delivered % 20 !== 0) return;
    collectGarbage();
    const { rss, arrayBuffers } = process.memoryUsage();
    resident.push(rss + arrayBuffers);
  };
  const encoder = new PatchMeanEncoder({ side: SIDE });
  await lastValueFrom(pipeline({ source, encoder, sink, options: { window: 8 } }));

  expect(delivered).toBe(FRAMES);
  expect(ahead).toBe(8);
  const samples = resident.length;
  const early = median(resident.slice(samples * 0.2, samples * 0.4));
  const late = median(resident.slice(samples * 0.8));
  // The frames between the two medians are 133 MB, counted twice by rss + arrayBuffers; an eighth of that may be noise.
  const between = FRAMES * 0.6 * FRAME_BYTES * 2;
  expect(late - early).toBeLessThan(between / 8);
});
