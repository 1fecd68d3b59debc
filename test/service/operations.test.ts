import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasPs, isAlive, processes } from '../support/children.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { LiveService, collect, hear } from '../support/live-service.ts';
import type { Source } from '../support/live-service.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/sleep.ts';

const still: Source = { name: 'still', input: 'lavfi:testsrc2=size=192x108:rate=10,realtime', live: true };

describe.skipIf(!hasCameras)('a service whose file changes', () => {
  test('adds, changes and removes sources without touching the others, and says so to who is connected', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball'), b: pattern('ball'), c: pattern('ball') });
    const camera = (name: string, more: object = {}): Source => ({
      ...{ name, input: `rtsp://127.0.0.1:${cameras.port}/${name}` },
      ...more,
    });
    const service = await LiveService.start([camera('a'), camera('b'), still]);
    const client = await service.client();
    const [a, b] = [collect(client, 'a'), collect(client, 'b')];
    await until(() => a.length > 5 && b.length > 5);

    await service.rewrite([camera('a'), camera('b', { fps: 5 }), camera('c')]);
    await until(
      () =>
        client.streams
          .map(({ name }) => name)
          .sort()
          .join() === 'a,b,c',
    );
    const [before, told] = [a.length, b.length];
    await until(() => a.length > before + 5);
    expect(a.every(({ header }) => header.epoch === 0)).toBe(true);
    expect(a.map(({ header }) => header.sequence)).toEqual(a.map((_, i) => i));

    // The changed source goes on under its name: no packet is told twice, none is missing.
    await until(() => b.length > told + 3);
    expect(b.map(({ header }) => header.sequence)).toEqual(b.map((_, i) => i));
    expect(b.at(-1)!.header.epoch).toBe(1);
    expect(service.log.filter(({ msg }) => msg === 'configuration applied')).toMatchObject([
      { added: ['c'], changed: ['b'], removed: ['still'] },
    ]);
  });
});

describe('a service', () => {
  test('keeps what it has where its file is wrong, and says which line', async () => {
    const service = await LiveService.start([still]);
    await service.scribble('sources:\n  - name: still\n    input: x\n    fps: fast\n');
    const refusal = (): Record<string, unknown> | undefined =>
      service.log.find(({ code }) => code === 'CONFIG_INVALID');
    await until(() => refusal() !== undefined);
    expect(refusal()!['msg']).toMatch(/framenest\.yaml:4:10: .*"fast"/);
    await service.reaches('still', 'live');
  });

  test.skipIf(process.platform === 'win32')('looks at its file at once when it is told to by SIGHUP', async () => {
    const service = await LiveService.start([still]);
    await service.rewrite([still, { ...still, name: 'second' }]);
    service.process.child.kill('SIGHUP');
    await service.reaches('second', 'live');
  });

  test('goes on for everybody where one client takes nothing', async () => {
    const service = await LiveService.start([still, { ...still, name: 'other' }]);
    const idle = await RawClient.open(service.url);
    idle.say({ type: 'subscribe', stream: 'still', from: 'live' });
    const packets = collect(await service.client(), 'still');
    await until(() => packets.length > 30);
    expect(packets.map(({ header }) => header.sequence)).toEqual(packets.map((_, i) => i));
    expect(await service.metric('stream_frames_total', 'other')).toBeGreaterThan(20);
  });

  test('tells of cuts without tokens', async () => {
    const pictures = 'testsrc2=size=192x108:rate=10[a];mandelbrot=size=192x108:rate=10[b]';
    const scenes = `lavfi:${pictures};[a][b]blend=all_expr='if(mod(floor(T/2),2),A,B)',realtime`;
    const service = await LiveService.start([{ name: 'film', input: scenes, live: true }]);
    const events = hear(await service.client());
    const cuts = (): typeof events => events.filter(({ event }) => event === 'cut');
    await until(() => cuts().length >= 2);
    const [first, second] = cuts();
    expect(first).toMatchObject({ stream: 'film', epoch: 0 });
    expect(second!.sequence! - first!.sequence!).toBeGreaterThan(1);
  });

  test('tells when and where something begins to move and comes to rest, but not where nobody wants to know', async () => {
    const moving = "overlay=x='96+8*t':y=54:enable='between(t,3,5)'";
    const input = `lavfi:color=gray:s=192x108:r=10[a];color=white:s=24x24:r=10[b];[a][b]${moving},realtime`;
    const watched = { name: 'watched', input, live: true, events: { quiet: 1 } };
    const right = [[0.5, 0, 0.5, 1]];
    const service = await LiveService.start([watched, { ...watched, name: 'ignored', ignore: right }]);
    const events = hear(await service.client());
    const told = (name: string): typeof events =>
      events.filter(({ stream, event }) => stream === name && event.startsWith('activity'));
    await until(() => told('watched').some(({ event }) => event === 'activity-end'));
    const [start, end] = told('watched');
    expect([start!.event, end!.event]).toEqual(['activity-start', 'activity-end']);
    expect(end!.atMs - start!.atMs).toBeGreaterThan(1000);
    expect(end!.atMs - start!.atMs).toBeLessThan(4000);
    // The box moves from x = 120 to 136 of 192 and is 24 wide, at y = 54 of 108.
    const { x, y, width, height } = end!.region!;
    expect([x < 0.66, x + width > 0.8, y < 0.55, y + height > 0.68]).toEqual([true, true, true, true]);
    expect(x).toBeGreaterThan(0.4);
    expect(y).toBeGreaterThan(0.4);
    expect(told('ignored')).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('ends at SIGTERM with its decoders', async () => {
    const service = await LiveService.start([still, { ...still, name: 'other' }]);
    const live = (): Record<string, unknown>[] => service.log.filter(({ msg }) => msg === 'source live');
    await until(() => live().length === 2);
    const decoders = live().map((line) => line['decoderPid'] as number);
    service.process.child.kill('SIGTERM');
    expect((await service.process.ended()).status).toBe(0);
    for (const pid of decoders) await until(() => !isAlive(pid));
  });

  test.skipIf(process.platform === 'win32' || !hasCameras || !hasPs)(
    'ends at SIGTERM in order whatever its cameras and clients do',
    async () => {
      const cameras = await new LiveCameras().start({ a: pattern('ball') });
      const frozen = await FaultProxy.open(() => cameras.port);
      const mute = createServer((socket) => socket.on('error', () => undefined));
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void mute.close());
      const rtsp = (port: number): string => `rtsp://127.0.0.1:${port}/a`;
      const service = await LiveService.start([
        still,
        { name: 'frozen', input: rtsp(frozen.port), stallTimeout: 600 },
        { name: 'hangs', input: rtsp(cameras.port) },
        { name: 'opening', input: rtsp((mute.address() as AddressInfo).port), openTimeout: 600 },
        { name: 'away', input: rtsp(1), retry: { first: 600, most: 600 } },
      ]);
      const deaf = await RawClient.open(service.url);
      deaf.say({ type: 'subscribe', stream: 'still', from: 'live' });
      deaf.say({ type: 'credit', stream: 'still', packets: 1_000_000 });
      await deaf.receives(3);
      deaf.socket.pause();
      await service.reaches('away', 'backing-off');
      const live = (name: string): Record<string, unknown> | undefined =>
        service.log.find(({ msg, stream }) => msg === 'source live' && stream === name);
      await until(() => live('frozen') !== undefined && live('hangs') !== undefined);
      frozen.freeze();
      process.kill(live('hangs')!['decoderPid'] as number, 'SIGSTOP');
      const decoders = processes().filter(({ parent }) => parent === service.process.child.pid);
      expect(decoders.length).toBeGreaterThanOrEqual(4);
      service.process.child.kill('SIGTERM');
      // 1 where it had to be cut off.
      expect((await service.process.ended()).status).toBe(0);
      for (const { pid } of decoders) await until(() => !isAlive(pid));
    },
  );
});
