import { openSource } from '#dist/decode/open-source.js';
import { describe, expect, test } from 'vitest';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';

const target = { side: 384, resize: 'stretch', padColor: [0, 0, 0], fps: 'native' } as const;

/** Bright pixels of each frame of a camera that shows a white ball on black, and how many frames were thrown away. */
async function balls(url: string, transport: 'tcp' | 'udp', frames: number) {
  const source = await openSource(url, target, { isolated: true, transport });
  const bright: number[] = [];
  for await (const { data } of source.frames(new AbortController().signal)) {
    bright.push(data.filter((value, i) => i % 3 === 0 && value > 128).length);
    if (bright.length === frames) break;
  }
  return { bright, discarded: source.counts.discarded };
}

describe.skipIf(!hasCameras)('a camera that loses RTP packets', () => {
  test.each(['tcp', 'udp'] as const)('is not smeared over %s: what it gives is whole', async (transport) => {
    const cameras = new LiveCameras();
    const fast = { ball: pattern('ball', { width: 640, height: 360, fps: 25 }) };
    await cameras.start(fast);
    const whole = await balls(`rtsp://127.0.0.1:${cameras.port}/ball`, transport, 50);
    expect(whole.discarded).toBe(0);
    await cameras.stop();
    cameras.lose = 0.04;
    await cameras.start(fast);
    const lossy = await balls(`rtsp://127.0.0.1:${cameras.port}/ball`, transport, 150);
    expect(lossy.discarded).toBeGreaterThan(0);
    // The ball's size changes with where it lies among the pixels, by less than this.
    const [least, most] = [0.95 * Math.min(...whole.bright), 1.05 * Math.max(...whole.bright)];
    expect(lossy.bright.filter((count) => count < least || count > most)).toEqual([]);
  });
});
