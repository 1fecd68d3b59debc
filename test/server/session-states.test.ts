import type { RunningServer } from '#dist/server/server.js';
import type { ServerMessage } from '#dist/wire/control-message.js';
import { describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { cameraStream, lightStream, serve } from '../support/serving.ts';
import { until } from '../support/sleep.ts';

const steady = { count: Infinity } as const;
/** Stands still after some frames, and is given up soon. */
const freezing = { count: 20, freezes: true } as const;
/** Quick, and yet each state lasts for longer than a message takes. */
const quick = { stallS: 1.5, retry: { firstS: 0.3, mostS: 0.3 } } as const;
/** Lost, and for so long that nothing changes while a test looks. */
const gone = { camera: { retry: { firstS: 3600, mostS: 3600 } } };

type State = Extract<ServerMessage, { type: 'state' }>;

/** What a client was told of a stream, without what repeats. */
function statesOf(client: RawClient, stream = 'cam'): State['state'][] {
  const all = client.all('state').filter((each) => each.stream === stream);
  return all.map(({ state }) => state).filter((state, i, states) => state !== states[i - 1]);
}

/** What there is in a client's order, packets left out. */
const orderOf = (client: RawClient): string[] =>
  client.got.flatMap((item) => (Buffer.isBuffer(item) || item.type === 'pong' ? [] : [item.type]));

/** Clients that subscribe to "cam", listen to it by its name, listen to all, listen to another, and do nothing. */
async function everyKind({ url }: RunningServer) {
  const open = async (...said: object[]): Promise<RawClient> => {
    const client = await RawClient.open(url);
    said.forEach((each) => client.say(each));
    await client.caughtUp();
    return client;
  };
  return {
    subscriber: await open({ type: 'subscribe', stream: 'cam' }),
    named: await open({ type: 'listen', streams: ['cam'] }),
    all: await open({ type: 'listen' }),
    elsewhere: await open({ type: 'listen', streams: ['other'] }, { type: 'subscribe', stream: 'other' }),
    deaf: await open(),
  };
}

describe('where a source stands', () => {
  test('is heard at each change by who subscribes and who listens, without credit, and by nobody else', async () => {
    const cam = cameraStream('cam', [freezing, steady], { camera: quick });
    const server = await serve([cam.stream, lightStream('other')]);
    const clients = await everyKind(server);
    await until(() => cam.stream.status.epoch === 1 && cam.stream.status.state === 'live');
    await Promise.all(Object.values(clients).map((client) => client.caughtUp()));
    for (const client of [clients.subscriber, clients.named, clients.all]) {
      expect(statesOf(client)).toEqual(['live', 'stalled', 'backing-off', 'connecting', 'live']);
      expect(client.all('state').at(-1)).toEqual({ type: 'state', stream: 'cam', ...cam.stream.status });
    }
    for (const client of [clients.elsewhere, clients.deaf]) expect(statesOf(client)).toEqual([]);
    expect(orderOf(clients.deaf)).toEqual(['welcome']);
  });

  test('comes with the reason of a loss, its epoch, and when the next try is due', async () => {
    const cam = cameraStream('cam', [{ count: 20 }, steady], gone);
    const { all } = await everyKind(await serve([cam.stream]));
    await until(() => statesOf(all).includes('backing-off'));
    const lost = all.all('state').at(-1)!;
    expect(lost).toEqual({
      ...{ type: 'state', stream: 'cam', state: 'backing-off', epoch: 0, failures: 1 },
      sinceMs: expect.any(Number) as number,
      retryAtMs: expect.any(Number) as number,
      reason: { code: 'INPUT_ENDED', what: '"painted" ended its stream.' },
    });
    expect(lost.retryAtMs).toBeGreaterThan(lost.sinceMs);
    expect(all.all('event')).toMatchObject([{ event: 'lost', reason: lost.reason, atMs: lost.sinceMs }]);
  });

  test('is told in full after "subscribed" and after "listening", before any event', async () => {
    const cam = cameraStream('cam', ['refused'], gone);
    const { url } = await serve([cam.stream, lightStream('other')]);
    await until(() => cam.stream.status.state === 'backing-off');
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'cam' });
    client.say({ type: 'listen', streams: ['cam', 'nobody'] });
    await client.caughtUp();
    expect(orderOf(client)).toEqual(['welcome', 'subscribed', 'state', 'listening', 'state', 'event']);
    const told = { type: 'state', stream: 'cam', ...cam.stream.status };
    expect(client.all('state')).toEqual([told, told]);
  });

  test('is not what "welcome" said where that has changed since', async () => {
    const file = lightStream('clip');
    const { url } = await serve([file]);
    const client = await RawClient.open(url);
    const [welcomed] = (await client.first('welcome')).streams;
    file.stream.read('start');
    await file.stream.whenEnded();
    client.say({ type: 'subscribe', stream: 'clip' });
    await client.caughtUp();
    expect([welcomed?.state, ...statesOf(client, 'clip')]).toEqual(['connecting', 'ended']);
  });

  test('is failed once the tries are used up', async () => {
    const retry = { firstS: 0.05, mostS: 0.05, attempts: 2 };
    const cam = cameraStream('cam', [{ count: 20 }, 'refused'], { camera: { retry } });
    const { subscriber, all } = await everyKind(await serve([cam.stream]));
    await until(() => cam.stream.status.state === 'failed');
    subscriber.say({ type: 'credit', stream: 'cam', packets: 1_000_000 });
    await Promise.all([subscriber.first('end'), all.caughtUp()]);
    for (const client of [subscriber, all]) {
      expect(statesOf(client).at(-1)).toBe('failed');
      expect(client.all('state').at(-1)).toMatchObject({ failures: 3, reason: { code: 'INPUT_UNREACHABLE' } });
    }
  });

  test('is ended for a stream that is removed, and what takes its place under its name is told of too', async () => {
    const cam = cameraStream('cam', [steady]);
    const server = await serve([cam.stream]);
    const { subscriber, all, deaf } = await everyKind(server);
    subscriber.say({ type: 'credit', stream: 'cam', packets: 1_000_000 });
    await server.remove('cam');
    await subscriber.first('end');
    const next = cameraStream('cam', [steady], { camera: { firstEpoch: 7 } });
    server.add(next.stream);
    await until(() => next.stream.status.state === 'live');
    await Promise.all([subscriber, all, deaf].map((client) => client.caughtUp()));
    // It does not follow the new one.
    expect(statesOf(subscriber)).toEqual(['live', 'ended']);
    expect(statesOf(all)).toEqual(['live', 'ended', 'connecting', 'live']);
    expect(all.all('state').at(-1)?.epoch).toBe(7);
    expect(statesOf(deaf)).toEqual([]);
  });

  test('of a file is connecting before its first reader, then live, then ended, also for who only listens', async () => {
    const file = lightStream('clip');
    const { url } = await serve([file]);
    const [listener, reader] = [await RawClient.open(url), await RawClient.open(url)];
    listener.say({ type: 'listen' });
    await listener.caughtUp();
    reader.say({ type: 'subscribe', stream: 'clip', from: 'start' });
    reader.say({ type: 'credit', stream: 'clip', packets: 20 });
    await reader.first('end');
    await listener.caughtUp();
    expect(statesOf(listener, 'clip')).toEqual(['connecting', 'live', 'ended']);
    expect(statesOf(reader, 'clip')).toEqual(['live', 'ended']);
  });

  test('is heard no more after "unlisten" and after "unsubscribe", unless the other still holds', async () => {
    const cam = cameraStream('cam', [freezing, steady], { camera: quick });
    const server = await serve([cam.stream]);
    const { subscriber: both, named, all } = await everyKind(server);
    both.say({ type: 'listen' });
    both.say({ type: 'unsubscribe', stream: 'cam' });
    named.say({ type: 'unlisten' });
    all.say({ type: 'listen', streams: ['nobody'] });
    await Promise.all([both, named, all].map((client) => client.caughtUp()));
    const before = [named, all].map((client) => client.all('state').length);
    await until(() => cam.stream.status.epoch === 1 && cam.stream.status.state === 'live');
    await Promise.all([both, named, all].map((client) => client.caughtUp()));
    expect([named, all].map((client) => client.all('state').length)).toEqual(before);
    expect(statesOf(both).at(-1)).toBe('live');
    expect(statesOf(both)).toContain('stalled');
  });

  test('is told to nobody who may not see the stream', async () => {
    const cams = ['cam', 'other'].map((name) => cameraStream(name, [{ count: 20 }, steady], gone).stream);
    const access = [{ name: 'guest', token: 'of-visible-characters-only', streams: ['other'] }];
    const { url } = await serve(cams, { access });
    const headers = { authorization: 'Bearer of-visible-characters-only' };
    const client = await RawClient.open(url, undefined, { headers });
    client.say({ type: 'listen' });
    client.say({ type: 'subscribe', stream: 'cam' });
    await until(() => cams.every(({ status }) => status.state === 'backing-off'));
    await client.caughtUp();
    expect(statesOf(client, 'other').at(-1)).toBe('backing-off');
    expect(statesOf(client, 'cam')).toEqual([]);
  });

  test('is not ended by a server that goes: it may be back', async () => {
    const cam = cameraStream('cam', [steady]);
    const server = await serve([cam.stream]);
    const { all } = await everyKind(server);
    await server.close();
    await all.closed();
    expect(cam.stream.status.state).toBe('ended');
    expect(orderOf(all)).toContain('goaway');
    expect(statesOf(all)).not.toContain('ended');
  });
});
