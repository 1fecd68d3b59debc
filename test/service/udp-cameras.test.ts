import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '#dist/wire/control-message.js';
import { decoders } from '../support/decoding.ts';
import { expectWhole } from '../support/expect-whole.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { LiveService, collect, hear } from '../support/live-service.ts';
import { until } from '../support/sleep.ts';
import { UdpRelay } from '../support/udp-relay.ts';

/** Of the loss, and of the try that follows. */
const codes = ['INPUT_STALLED', 'INPUT_UNREACHABLE'];

/** How a camera over UDP falls silent, and speaks again. */
const silences = [
  ['whose packets get lost', (relay: UdpRelay, _: LiveCameras, silent: boolean) => void (relay.deaf = silent)],
  ['that stands still', (_: UdpRelay, cameras: LiveCameras, silent: boolean) => cameras.hold(silent)],
] as const;

const cases = decoders.flatMap((decoder) => silences.map(([kind, silence]) => ({ decoder, kind, silence })));

describe.skipIf(!hasCameras || process.platform === 'win32')('a camera over UDP', () => {
  test.each(cases)(
    '$kind stalls, is given up after its stall time, tried within its pauses, and back ($decoder)',
    async ({ decoder, silence }) => {
      const cameras = await new LiveCameras().start({ a: pattern('ball') });
      const relay = await UdpRelay.open(cameras.port);
      const input = `rtsp://127.0.0.1:${relay.port}/a`;
      const retry = { first: 0.1, most: 0.4 };
      const service = await LiveService.start([
        { name: 'a', input, decoder, transport: 'udp', stallTimeout: 3, openTimeout: 4, retry },
      ]);
      const client = await service.client();
      const [packets, events] = [collect(client, 'a'), hear(client)];
      await until(() => packets.length > 25);
      expect(relay.passed).toBeGreaterThan(25);

      silence(relay, cameras, true);
      await service.reaches('a', 'stalled');
      const lost = (): StreamEvent | undefined => events.find(({ event }) => event === 'lost');
      await until(() => lost() !== undefined);
      expect(lost()?.reason?.code).toBe('INPUT_STALLED');
      expect(lost()?.reason?.what).toContain('no frame for 3 s');
      // Long enough for a try in vain.
      await until(() => service.log.some(({ failures }) => failures === 2));
      silence(relay, cameras, false);
      await until(() => events.some(({ event }) => event === 'back'));
      await until(() => packets.filter(({ header }) => header.epoch >= 1).length > 25);

      expectWhole(packets);
      expect(packets.at(-1)!.header.epoch).toBe(1);
      const losses = service.log.filter(({ retryInS }) => retryInS !== undefined);
      expect(losses.slice(0, 2).map(({ code }) => code)).toEqual(codes);
      expect(Math.max(...losses.map(({ retryInS }) => retryInS as number))).toBeLessThanOrEqual(retry.most);
    },
  );
});
