import { openSource } from '#dist/decode/open-source.js';
import { describe, expect, test } from 'vitest';
import { decoders } from '../support/decoding.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';

const target = { side: 384, resize: 'stretch', padColor: [0, 0, 0], fps: 'native' } as const;

/** Key frames come every 20 pictures: so many that one of them comes whole within the time that a decoder waits for it. */
const LOST = 0.01;

interface Way {
  readonly decoder: (typeof decoders)[number];
  readonly transport: 'tcp' | 'udp';
}

/**
 * Bright pixels of each frame of a camera that shows a white ball on black, and how many frames were thrown away.
 * @param losses - frames that are to be thrown away before it ends
 */
async function balls(url: string, way: Way, { frames, losses }: Record<'frames' | 'losses', number>) {
  const source = await openSource(url, target, { isolated: true, ...way });
  const bright: number[] = [];
  for await (const { data } of source.frames(new AbortController().signal)) {
    bright.push(data.filter((value, i) => i % 3 === 0 && value > 128).length);
    if (bright.length >= frames && source.counts.discarded >= losses) break;
  }
  return { bright, discarded: source.counts.discarded };
}

const ways = decoders.flatMap((decoder) => (['tcp', 'udp'] as const).map((transport) => ({ decoder, transport })));

describe.skipIf(!hasCameras)('a camera that loses RTP packets', () => {
  test.each(ways)('is not smeared over $transport: what $decoder gives of it is whole', async (way) => {
    const cameras = new LiveCameras();
    const fast = { ball: pattern('ball', { width: 640, height: 360, fps: 25 }) };
    await cameras.start(fast);
    const whole = await balls(`rtsp://127.0.0.1:${cameras.port}/ball`, way, { frames: 50, losses: 0 });
    expect(whole.discarded).toBe(0);
    await cameras.stop();
    cameras.lose = LOST;
    await cameras.start(fast);
    const lossy = await balls(`rtsp://127.0.0.1:${cameras.port}/ball`, way, { frames: 150, losses: 20 });
    // The ball's size changes with where it lies among the pixels, by less than this.
    const [least, most] = [0.95 * Math.min(...whole.bright), 1.05 * Math.max(...whole.bright)];
    expect(lossy.bright.filter((count) => count < least || count > most)).toEqual([]);
  });
});
