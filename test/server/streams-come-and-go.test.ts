import { decodePacket } from '#dist/wire/packet-codec.js';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';
import { RawClient } from '../support/raw-client.ts';
import { cameraStream, cutStream, lightStream, serve } from '../support/serving.ts';
import { until } from '../support/sleep.ts';

const steady = { count: Infinity } as const;
const names = (message: { streams: readonly { name: string }[] }): string[] => message.streams.map(({ name }) => name);
const headers = (client: RawClient) => client.packets.map((bytes) => decodePacket(bytes).header);

describe('a stream that is added to a running server', () => {
  test('is told to every session, and can be followed', async () => {
    const server = await serve([lightStream('a')]);
    const clients = [await RawClient.open(server.url), await RawClient.open(server.url)];
    for (const client of clients) expect(names(await client.first('welcome'))).toEqual(['a']);
    const added = lightStream('b', { count: 3 });
    server.add(added.stream);
    for (const client of clients)
      expect((await client.first('streams')).streams).toMatchObject([{}, added.stream.facts]);
    const [client] = clients;
    client!.say({ type: 'subscribe', stream: 'b' });
    client!.say({ type: 'credit', stream: 'b', packets: 9 });
    expect(await client!.first('end')).toMatchObject({ stream: 'b', packets: 3 });
    expect(names(await (await RawClient.open(server.url)).first('welcome'))).toEqual(['a', 'b']);
  });

  test('is told before its first event', async () => {
    const server = await serve([]);
    const client = await RawClient.open(server.url);
    client.say({ type: 'listen' });
    await client.first('listening');
    const cam = cameraStream('cam', ['refused'], { camera: { retry: { firstS: 3600, mostS: 3600 } } });
    await until(() => cam.stream.status.state === 'backing-off');
    server.add(cam.stream);
    await client.first('event');
    const order = client.got.map((item) => Buffer.isBuffer(item) || item.type);
    expect(order).toEqual(['welcome', 'listening', 'streams', 'state', 'event']);
  });

  test('must have a name of its own, and a server that is not closing', async () => {
    const server = await serve([lightStream('a')]);
    expect(thrownBy(() => server.add(lightStream('a').stream)).code).toBe('OPTION_INVALID');
    await server.close();
    expect(codeOf(() => server.add(lightStream('b').stream))).toBe('ABORTED');
  });

  test('is closed with the server', async () => {
    const server = await serve([]);
    const cam = cameraStream('cam', [steady]);
    server.add(cam.stream);
    await until(() => cam.stream.totals.packets > 0);
    await server.close();
    expect(cam.stream.ended).toBe(true);
    expect(cam.script.sources[0]!.shut).toBe(true);
  });
});

describe('a stream that is removed from a running server', () => {
  test('ends for who follows it, after what was made, is told to all, and touches no other stream', async () => {
    const [gone, stays] = [cameraStream('gone', [steady]), cameraStream('stays', [steady])];
    const server = await serve([gone.stream, stays.stream]);
    const client = await RawClient.open(server.url);
    for (const stream of ['gone', 'stays']) {
      client.say({ type: 'subscribe', stream, from: 'start' });
      client.say({ type: 'credit', stream, packets: 1000 });
    }
    await until(() => headers(client).filter(({ stream }) => stream === 'gone').length > 3);
    await server.remove('gone');
    expect(gone.stream.ended).toBe(true);
    expect(names(await client.first('streams'))).toEqual(['stays']);
    expect(await client.first('error')).toMatchObject({ code: 'ABORTED', stream: 'gone', retryable: true });
    const end = await client.first('end');
    expect(end).toMatchObject({ stream: 'gone', packets: gone.stream.totals.packets });
    const sequences = headers(client).flatMap(({ stream, sequence }) => (stream === 'gone' ? [sequence] : []));
    expect(sequences).toEqual(Array.from({ length: end.packets }, (_, i) => i));
    const before = stays.stream.totals.packets;
    await until(() => stays.stream.totals.packets > before + 3);
    client.say({ type: 'subscribe', stream: 'gone' });
    await until(() => client.all('error').length === 2);
    expect(client.all('error')[1]).toMatchObject({ code: 'STREAM_UNKNOWN', stream: 'gone' });
  });

  test('that was never there changes nothing', async () => {
    const server = await serve([lightStream('a')]);
    const client = await RawClient.open(server.url);
    await server.remove('b');
    await client.caughtUp();
    expect(client.all('streams')).toEqual([]);
  });

  test('gives no more events', async () => {
    const server = await serve([lightStream('a')]);
    const client = await RawClient.open(server.url);
    client.say({ type: 'listen' });
    await client.first('listening');
    const cut = cutStream('cut');
    server.add(cut.stream);
    await server.remove('cut');
    cut.stream.read('start');
    await client.caughtUp();
    expect(client.all('event')).toEqual([]);
  });
});

describe('a stream that is replaced under its name', () => {
  test('goes on for who comes back: with the next sequence, in a higher epoch', async () => {
    const before = cameraStream('cam', [steady]);
    const server = await serve([before.stream]);
    const client = await RawClient.open(server.url);
    client.say({ type: 'subscribe', stream: 'cam', from: 'start' });
    client.say({ type: 'credit', stream: 'cam', packets: 100_000 });
    await until(() => headers(client).length > 3);
    await server.remove('cam');
    const { packets } = await client.first('end');
    const firstEpoch = before.stream.status.epoch + 1;
    server.add(cameraStream('cam', [steady], { log: before.stream.log, camera: { firstEpoch } }).stream);
    client.say({ type: 'subscribe', stream: 'cam', from: packets });
    client.say({ type: 'credit', stream: 'cam', packets: 100_000 });
    await until(() => headers(client).length > packets + 3);
    const seen = headers(client);
    expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_, i) => i));
    expect(seen.map(({ epoch }) => epoch)).toEqual(seen.map((_, i) => (i < packets ? 0 : 1)));
    expect(client.all('gap')).toEqual([]);
    expect(client.all('streams').map(names)).toEqual([[], ['cam']]);
  });
});
