import { describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { cameraStream, cutStream, lightStream, serve } from '../support/serving.ts';
import { until } from '../support/sleep.ts';

const steady = { count: Infinity } as const;
/** Lost, and for so long that nothing changes while a test looks. */
const gone = { camera: { retry: { firstS: 3600, mostS: 3600 } } };

describe('events over a socket', () => {
  test('come after the answer to "listen": the cut of a file, with the sequence of its packet', async () => {
    const light = cutStream('clip');
    const { url } = await serve([light]);
    const client = await RawClient.open(url);
    client.say({ type: 'listen' });
    await client.first('listening');
    light.stream.read('start');
    const event = await client.first('event');
    expect(event).toMatchObject({ stream: 'clip', event: 'cut', epoch: 0, sequence: 20 });
    expect(event.atMs).toBeGreaterThan(1_700_000_000_000);
    const order = client.got.map((item) => (Buffer.isBuffer(item) ? 'packet' : item.type));
    expect(order).toEqual(['welcome', 'listening', 'state', 'state', 'event']);
  });

  test('tell of a camera that it is lost, with the reason, and that it is back, in the epoch of each', async () => {
    const retry = { firstS: 0.3, mostS: 0.3 };
    const cam = cameraStream('cam', [{ count: 20 }, steady], { camera: { retry } });
    const { url } = await serve([cam.stream]);
    const client = await RawClient.open(url);
    client.say({ type: 'listen' });
    await until(() => client.all('event').length === 2);
    expect(client.all('event')).toMatchObject([
      { event: 'lost', stream: 'cam', epoch: 0, reason: { code: 'INPUT_ENDED', what: '"painted" ended its stream.' } },
      { event: 'back', stream: 'cam', epoch: 1 },
    ]);
  });

  test('begin with the loss of a camera that is lost already', async () => {
    const cam = cameraStream('cam', ['refused'], gone);
    const { url } = await serve([cam.stream]);
    await until(() => cam.stream.status.state === 'backing-off');
    const client = await RawClient.open(url);
    client.say({ type: 'listen' });
    expect(await client.first('event')).toMatchObject({ event: 'lost', reason: { code: 'INPUT_UNREACHABLE' } });
  });

  test('are those of the streams that were named, and a second "listen" takes the place of the first', async () => {
    const cams = ['a', 'b', 'c'].map((name) => cameraStream(name, ['refused'], gone).stream);
    const { url } = await serve(cams);
    await until(() => cams.every(({ status }) => status.state === 'backing-off'));
    const client = await RawClient.open(url);
    client.say({ type: 'listen', streams: ['b', 'c', 'nobody'] });
    await client.caughtUp();
    expect(client.all('event').map(({ stream }) => stream)).toEqual(['b', 'c']);
    client.say({ type: 'listen', streams: ['a'] });
    await client.caughtUp();
    expect(client.all('event').map(({ stream }) => stream)).toEqual(['b', 'c', 'a']);
    expect(client.all('listening')).toHaveLength(2);
  });

  test('stop with "unlisten", and with the socket', async () => {
    const light = cutStream('clip', { everyMs: 1 });
    const { url } = await serve([light]);
    const [silent, leaving] = [await RawClient.open(url), await RawClient.open(url)];
    for (const client of [silent, leaving]) client.say({ type: 'listen' });
    silent.say({ type: 'unlisten' });
    await Promise.all([silent.caughtUp(), leaving.caughtUp()]);
    leaving.socket.close();
    await leaving.closed();
    light.stream.read('start');
    await light.stream.whenEnded();
    await silent.caughtUp();
    expect(silent.all('event')).toEqual([]);
    expect(leaving.all('event')).toEqual([]);
  });

  test('are not heard by who did not ask, and "unlisten" without "listen" is no mistake', async () => {
    const light = cutStream('clip');
    const { url } = await serve([light]);
    const client = await RawClient.open(url);
    client.say({ type: 'unlisten' });
    light.stream.read('start');
    await light.stream.whenEnded();
    await client.caughtUp();
    expect(client.got.map((item) => Buffer.isBuffer(item) || item.type)).toEqual(['welcome', 'pong']);
  });

  test('need no credit and take none from the packets', async () => {
    const { url } = await serve([cutStream('clip')]);
    const client = await RawClient.open(url);
    client.say({ type: 'listen' });
    client.say({ type: 'subscribe', stream: 'clip', from: 'start' });
    client.say({ type: 'credit', stream: 'clip', packets: 30 });
    await client.first('end');
    expect(client.packets).toHaveLength(30);
    expect(client.all('event').map(({ sequence }) => sequence)).toEqual([20]);
  });

  test.each([
    ['an empty list', { type: 'listen', streams: [] }],
    ['a list of more than 64', { type: 'listen', streams: Array.from({ length: 65 }, (_, i) => `s${i}`) }],
    ['something else', { type: 'listen', streams: 'all' }],
  ])('of %s are refused', async (_, message) => {
    const { url } = await serve([lightStream('a')]);
    const client = await RawClient.open(url);
    client.say(message);
    expect((await client.closed()).reason).toBe('PROTOCOL_VIOLATION');
  });
});
