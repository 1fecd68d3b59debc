import type { Packet } from '#dist/media/packet.js';
import { describe, expect, test } from 'vitest';
import { decoders } from '../support/decoding.ts';
import { expectWhole } from '../support/expect-whole.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { LiveService, collect } from '../support/live-service.ts';
import { until } from '../support/sleep.ts';

/** What the camera sends, and FFmpeg's name for it: another size and shape each time. */
const lives = [
  { sends: 'h264', codec: 'h264', width: 320, height: 180 },
  { sends: 'h265', codec: 'hevc', width: 256, height: 144 },
  { sends: 'mjpeg', codec: 'mjpeg', width: 192, height: 144 },
  { sends: 'h264', codec: 'h264', width: 160, height: 120 },
] as const;

/** Every cell of every frame, as the encoder makes it. */
const everything = { policy: 'fixed:576', maxScale: 576, dtype: 'F32' };

/** Share of the picture that is bright, of one that is dark but for a bright thing: what is left behind adds to it. */
function brightShare({ tokens, channels }: Packet): number {
  const values = new Float32Array(tokens.slice().buffer);
  const red = values.filter((_, i) => i % channels === 0).sort();
  const dark = red[Math.floor(red.length / 2)]!;
  return red.reduce((sum, value) => sum + (value - dark) / (red.at(-1)! - dark), 0) / red.length;
}

describe.skipIf(!hasCameras)('a camera', () => {
  test.each(decoders)(
    'that is back with another codec and another size is a new epoch, whole from its first frame on (%s)',
    async (decoder) => {
      const cameras = new LiveCameras();
      const start = ({ sends, width, height }: (typeof lives)[number]): Promise<LiveCameras> => {
        cameras.codec = sends;
        return cameras.start({ a: pattern('ball', { width, height }) });
      };
      await start(lives[0]);
      const input = `rtsp://127.0.0.1:${cameras.port}/a`;
      const service = await LiveService.start([{ name: 'a', input, decoder, ...everything }]);
      const packets = collect(await service.client(), 'a');
      const of = (epoch: number): Packet[] => packets.filter(({ header }) => header.epoch === epoch);
      for (const [epoch, live] of lives.entries()) {
        if (epoch > 0) {
          await cameras.stop();
          await start(live);
        }
        // Beyond its second key frame.
        await until(() => of(epoch).length > 25);
      }
      expectWhole(packets);
      const told = service.log.filter(({ msg }) => msg === 'source live');
      const facts = lives.map(({ codec, width, height }, epoch) => ({ decoder, codec, width, height, epoch }));
      expect(told).toMatchObject(facts);
      const balls = lives.map(({ width, height }, epoch) =>
        of(epoch).map((packet) => brightShare(packet) * width * height),
      );
      // GStreamer's ball has the same pixels whatever the picture's size.
      const whole = balls[0]![0]!;
      expect(whole).toBeGreaterThan(1000);
      for (const seen of balls) {
        expect(seen.filter((pixels) => Math.abs(pixels - whole) > 0.04 * whole)).toEqual([]);
      }
    },
  );
});
