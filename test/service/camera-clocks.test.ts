import type { Packet } from '#dist/media/packet.js';
import { describe, expect, test } from 'vitest';
import { decoders } from '../support/decoding.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { LiveService, collect } from '../support/live-service.ts';
import type { Source } from '../support/live-service.ts';
import { until } from '../support/sleep.ts';

/** Of the 32 bits of an RTP timestamp, which counts 90,000 a second. */
const WRAP = 2 ** 32;
const SECOND = 90_000;

/** The first packets of a source, and how often its clock was set straight. */
async function watch(source: Omit<Source, 'name'>, count: number): Promise<{ packets: Packet[]; jumps: number }> {
  const service = await LiveService.start([{ name: 'a', ...source } as Source]);
  const packets = collect(await service.client(), 'a');
  await until(() => packets.length >= count);
  const jumps = await service.metric('source_clock_jumps_total', 'a');
  return { packets: packets.slice(0, count), jumps };
}

/** One epoch, dense, at the pace of a camera of 10 pictures a second, whatever was let go or came late. */
function expectSteady(packets: readonly Packet[]): void {
  expect(packets.map(({ header }) => [header.epoch, header.sequence])).toEqual(packets.map((_, i) => [0, i]));
  const { num, den } = packets[0]!.header.timebase;
  const times = packets.map(({ frames }) => (Number(frames[0]!.pts) * num) / den);
  for (const [i, time] of times.entries()) if (i > 0) expect(time).toBeGreaterThan(times[i - 1]!);
  expect(times.at(-1)! - times[0]!).toBeLessThan(60);
}

describe('a camera whose clock jumps', () => {
  test.each([
    ['ahead', '+1000'],
    ['back', '-1000'],
  ])('%s goes on with pts that ascend, in the same epoch', async (_, leap) => {
    const clock = `setpts='PTS+if(gt(N,15),${leap}/TB,0)'`;
    const { packets, jumps } = await watch(
      { input: `lavfi:testsrc2=size=192x108:rate=10,realtime,${clock}`, live: true },
      30,
    );
    expectSteady(packets);
    expect(jumps).toBe(1);
  });
});

describe.skipIf(!hasCameras)('a camera over RTSP whose clock', () => {
  /** @param clock - of the RTP packets */
  async function camera(decoder: string, clock: LiveCameras['clock']): ReturnType<typeof watch> {
    const cameras = new LiveCameras();
    cameras.clock = clock;
    await cameras.start({ a: pattern('ball') });
    return watch({ input: `rtsp://127.0.0.1:${cameras.port}/a`, decoder }, 40);
  }

  test.each(decoders.flatMap((decoder) => [1000, -1000, -2].map((leapS) => [leapS, decoder] as const)))(
    'leaps by %i s goes on in the same epoch (%s)',
    async (leapS, decoder) => {
      const { packets, jumps } = await camera(decoder, { leap: leapS * SECOND });
      expectSteady(packets);
      expect(jumps).toBe(1);
    },
  );

  test.each(decoders)('wraps goes on as if it had not (%s)', async (decoder) => {
    const { packets, jumps } = await camera(decoder, { from: WRAP - 2 * SECOND });
    expectSteady(packets);
    expect(jumps).toBe(0);
    const pts = packets.map(({ frames }) => Number(frames[0]!.pts));
    // To the tick: none was made up.
    expect(pts.every((each) => (each - pts[0]!) % (SECOND / 10) === 0)).toBe(true);
  });
});
