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
const fast = { ball: pattern('ball', { width: 640, height: 360, fps: 25 }) };
const at = ({ port }: LiveCameras): string => `rtsp://127.0.0.1:${port}/ball`;

/** The counts that are not of a whole ball: its size changes with where it lies among the pixels, by less than this. */
function harmed(counts: readonly number[], whole: readonly number[]): number[] {
  const [least, most] = [0.95 * Math.min(...whole), 1.05 * Math.max(...whole)];
  return counts.filter((count) => count < least || count > most);
}

describe.skipIf(!hasCameras)('a camera that loses RTP packets', () => {
  test.each(ways)('is not smeared over $transport: what $decoder gives of it is whole', async (way) => {
    const cameras = new LiveCameras();
    await cameras.start(fast);
    const whole = await balls(at(cameras), way, { frames: 50, losses: 0 });
    expect(whole.discarded).toBe(0);
    await cameras.stop();
    cameras.lose = LOST;
    await cameras.start(fast);
    const lossy = await balls(at(cameras), way, { frames: 150, losses: 20 });
    expect(harmed(lossy.bright, whole.bright)).toEqual([]);
  });

  test.each(ways)('while it is opened is not smeared over $transport ($decoder)', async (way) => {
    const cameras = await new LiveCameras().start(fast);
    const whole = await balls(at(cameras), way, { frames: 50, losses: 0 });
    // Two are of a key frame, four of the pictures after it, which FFmpeg reads too before it decodes the first.
    const firsts = [7, 8, 10, 11, 13, 14].map(async (loseAt) => {
      const lossy = new LiveCameras();
      lossy.loseAt = loseAt;
      await lossy.start(fast);
      const { bright, discarded } = await balls(at(lossy), way, { frames: 30, losses: 0 });
      return [loseAt, discarded > 0, harmed(bright, whole.bright)];
    });
    for (const lossy of await Promise.all(firsts)) expect(lossy).toEqual([lossy[0], true, []]);
  });

  test.each(decoders)(
    'while it is opened is waited for, where decoding shows nothing of it (HEVC, %s)',
    async (decoder) => {
      const cameras = new LiveCameras();
      cameras.codec = 'h265';
      // Before the first slice: there is nothing that could be concealed.
      cameras.loseAt = 5;
      await cameras.start(fast);
      const { discarded } = await balls(at(cameras), { decoder, transport: 'tcp' }, { frames: 30, losses: 0 });
      expect(discarded).toBeGreaterThan(0);
    },
  );
});
