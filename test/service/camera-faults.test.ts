import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { processes } from '../support/children.ts';
import { hasFfmpeg } from '../support/decoding.ts';
import { expectWhole } from '../support/expect-whole.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { LiveService, collect, hear } from '../support/live-service.ts';
import { sleep, until } from '../support/sleep.ts';

/** Of the stream "a"; false where it is ffmpeg's, which nobody knows by its number. */
function killDecoder(service: LiveService): boolean {
  const live = service.log.findLast(({ stream, msg }) => stream === 'a' && msg === 'source live');
  const pid = live!['decoderPid'] as number | undefined;
  expect(pid).not.toBe(service.process.child.pid);
  return pid !== undefined && process.kill(pid, 'SIGKILL');
}

describe.skipIf(!hasCameras)('a camera', () => {
  test('that loses its power is back by itself as a new epoch, and the one beside it notices nothing', async () => {
    const [first, second] = [new LiveCameras(), new LiveCameras()];
    await Promise.all([first.start({ a: pattern('ball') }), second.start({ b: pattern('ball') })]);
    const service = await LiveService.start([
      { name: 'a', input: `rtsp://127.0.0.1:${first.port}/a` },
      { name: 'b', input: `rtsp://127.0.0.1:${second.port}/b` },
    ]);
    const client = await service.client();
    const [a, b, events] = [collect(client, 'a'), collect(client, 'b'), hear(client)];
    await until(() => a.length > 5 && b.length > 5);

    await first.stop();
    await until(() => events.some(({ stream, event }) => stream === 'a' && event === 'lost'));
    const during = b.length;
    await until(() => b.length > during + 5);
    // It comes back with another picture size.
    await first.start({ a: pattern('ball', { width: 256, height: 144 }) });
    await until(() => events.some(({ stream, event }) => stream === 'a' && event === 'back'));
    await until(() => a.at(-1)!.header.epoch === 1);

    expectWhole(a);
    expectWhole(b);
    expect(a.some(({ header }) => header.epoch === 0)).toBe(true);
    expect(b.every(({ header }) => header.epoch === 0)).toBe(true);
    expect(events.filter(({ stream, event }) => stream === 'b' && (event === 'lost' || event === 'back'))).toEqual([]);
    const lives = (): Record<string, unknown>[] =>
      service.log.filter(({ msg, stream }) => msg === 'source live' && stream === 'a');
    await until(() => lives().length === 2);
    expect(lives()).toMatchObject([
      { width: 320, epoch: 0 },
      { width: 256, epoch: 1 },
    ]);
  });

  test('behind a network that freezes stalls, is given up, and is back when the network is', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball') });
    const proxy = await FaultProxy.open(() => cameras.port);
    const service = await LiveService.start([{ name: 'a', input: `rtsp://127.0.0.1:${proxy.port}/a` }]);
    const client = await service.client();
    const [packets, events] = [collect(client, 'a'), hear(client)];
    await until(() => packets.length > 5);
    proxy.freeze();
    await service.reaches('a', 'stalled');
    await until(() => events.some(({ event }) => event === 'lost'));
    expect(events.find(({ event }) => event === 'lost')?.reason).toMatchObject({
      code: 'INPUT_STALLED',
      what: expect.stringContaining('no frame for 2 s') as string,
    });
    proxy.thaw();
    await service.reaches('a', 'live');
    await until(() => packets.at(-1)!.header.epoch >= 1);
    expectWhole(packets);
  });

  test('behind a network that is silent for longer than a camera may take to answer, yet not for its stall time, goes on', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball') });
    const proxy = await FaultProxy.open(() => cameras.port);
    const input = `rtsp://127.0.0.1:${proxy.port}/a`;
    const service = await LiveService.start([{ name: 'a', input, openTimeout: 2, stallTimeout: 60 }]);
    const packets = collect(await service.client(), 'a');
    await until(() => packets.length > 5);
    proxy.freeze();
    // FFmpeg tries a read that took too long once more.
    await sleep(8000);
    proxy.thaw();
    const before = packets.length;
    await until(() => packets.length > before + 20);
    expectWhole(packets);
    expect(packets.at(-1)!.header.epoch).toBe(0);
  });

  test('behind a network that cuts it off and delays it is back every time', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball') });
    const proxy = await FaultProxy.open(() => cameras.port);
    const service = await LiveService.start([{ name: 'a', input: `rtsp://127.0.0.1:${proxy.port}/a` }]);
    const packets = collect(await service.client(), 'a');
    for (let epoch = 0; epoch < 3; epoch++) {
      await until(() => packets.some(({ header }) => header.epoch === epoch));
      if (epoch === 1) proxy.delay(50);
      proxy.reset();
    }
    await until(() => packets.some(({ header }) => header.epoch === 3));
    expectWhole(packets);
  });

  test('whose decoder is killed is back, and the process goes on', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball'), b: pattern('ball') });
    const sources = ['a', 'b'].map((name) => ({ name, input: `rtsp://127.0.0.1:${cameras.port}/${name}` }));
    const service = await LiveService.start(sources);
    const client = await service.client();
    const [a, b] = [collect(client, 'a'), collect(client, 'b')];
    await until(() => a.length > 5 && b.length > 5);
    expect(killDecoder(service)).toBe(true);
    await until(() => a.at(-1)!.header.epoch === 1);
    expectWhole(a);
    expectWhole(b);
    expect(b.every(({ header }) => header.epoch === 0)).toBe(true);
    const lost = service.log.find(({ stream, code }) => stream === 'a' && code === 'DECODE_FAILED');
    expect(lost?.['msg']).toContain('SIGKILL');
  });
});

describe.skipIf(!hasCameras)('the counts of a camera', () => {
  const kinds = [
    ['whole', {}],
    ['sampled', { fps: 3 }],
    ['decoded by ffmpeg', { decoder: 'ffmpeg' }],
    ['sampled by ffmpeg', { decoder: 'ffmpeg', fps: 3 }],
  ] as const;

  test.skipIf(!hasFfmpeg).each(kinds)('balance to the frame, however often it was lost (%s)', async (_, settings) => {
    const cameras = await new LiveCameras().start({ a: pattern('ball') });
    const proxy = await FaultProxy.open(() => cameras.port);
    const service = await LiveService.start([{ name: 'a', input: `rtsp://127.0.0.1:${proxy.port}/a`, ...settings }]);
    const packets = collect(await service.client(), 'a');
    for (let epoch = 0; epoch < 3; epoch++) {
      await until(() => packets.filter(({ header }) => header.epoch === epoch).length > 3);
      if (epoch !== 1 || !killDecoder(service)) proxy.reset();
    }
    await until(() => packets.some(({ header }) => header.epoch === 3));
    await cameras.stop();
    await service.reaches('a', 'backing-off');
    const ends = ['source_frames_discarded', 'source_frames_skipped', 'stream_frames', 'stream_frames_dropped'];
    const figures = await Promise.all(
      ['source_frames_decoded', ...ends, 'stream_frames_lost'].map((name) => service.metric(`${name}_total`, 'a')),
    );
    const [decoded = NaN, ...settled] = figures;
    expect(settled.reduce((sum, count) => sum + count, 0)).toBe(decoded);
    expect(settled[1]! > 0).toBe('fps' in settings);
    // 14 on their way at most, for each of four connections.
    expect(settled.at(-1)).toBeLessThanOrEqual(4 * 14);
    expect(await service.metric('stream_frames_in_flight', 'a')).toBe(0);
    expect(await service.metric('encoder_waiting_frames', 'a')).toBe(0);
  });
});

describe.skipIf(!hasCameras)('a camera that does not let us in', () => {
  test('because of its password, its path, garbage or silence is tried again, and costs no other anything', async () => {
    const cameras = await new LiveCameras('viewer', 'open-sesame').start({ a: pattern('ball') });
    const nonsense = 'HTTP/1.1 200 OK\r\n\r\n\u0001\u0002garbage';
    const garbage = createServer((socket) => socket.on('error', () => undefined).end(nonsense));
    const silence = createServer((socket) => socket.on('error', () => undefined));
    for (const server of [garbage, silence]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
    }
    const portOf = (server: typeof garbage): number => (server.address() as AddressInfo).port;
    const service = await LiveService.start(
      [
        { name: 'good', input: `rtsp://viewer:\${CAMERA_PASSWORD}@127.0.0.1:${cameras.port}/a` },
        { name: 'password', input: `rtsp://viewer:wrong-sesame@127.0.0.1:${cameras.port}/a` },
        { name: 'path', input: `rtsp://viewer:\${CAMERA_PASSWORD}@127.0.0.1:${cameras.port}/none` },
        { name: 'garbage', input: `rtsp://viewer:other-sesame@127.0.0.1:${portOf(garbage)}/a` },
        { name: 'silence', input: `rtsp://viewer:other-sesame@127.0.0.1:${portOf(silence)}/a` },
      ],
      { CAMERA_PASSWORD: 'open-sesame' },
    );
    const client = await service.client();
    const [packets, events] = [collect(client, 'good'), hear(client)];
    for (const name of ['password', 'path', 'garbage', 'silence']) {
      expect((await service.reaches(name, 'backing-off')).reason?.code).toBe('INPUT_UNREACHABLE');
    }
    await until(() => service.log.some(({ stream, failures }) => stream === 'password' && failures === 3));
    await until(() => packets.length > 10);
    expectWhole(packets);
    expect(packets.at(-1)!.header.epoch).toBe(0);
    expect(new Set(events.flatMap(({ stream, event }) => (event === 'lost' ? [stream] : []))).size).toBe(4);
    const told = JSON.stringify([await service.readiness(), events, client.streams]) + (await service.metrics());
    expect(service.process.stderr + service.process.stdout + told).not.toMatch(/sesame/);
    const shown = processes().map(({ commandLine }) => commandLine);
    expect(shown.filter((line) => line.includes('sesame') && !line.includes('live-cameras'))).toEqual([]);
  });
});
