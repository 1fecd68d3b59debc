import type { ServerMessage } from '#dist/wire/control-message.js';
import { describe, expect, test } from 'vitest';
import { FaultProxy } from '../support/fault-proxy.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { LiveService } from '../support/live-service.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/sleep.ts';

type State = Extract<ServerMessage, { type: 'state' }>;

/** What a session was told of "a", without what repeats. */
function statesOf(client: RawClient): State['state'][] {
  const states = client.all('state').filter(({ stream }) => stream === 'a');
  return states.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);
}

const newest = (client: RawClient): State | undefined => client.all('state').findLast(({ stream }) => stream === 'a');

/** A session that subscribes, one that only listens, and one that does neither. */
async function sessions({ url }: LiveService) {
  const [subscriber, listener, deaf] = [
    await RawClient.open(url),
    await RawClient.open(url),
    await RawClient.open(url),
  ];
  subscriber.say({ type: 'subscribe', stream: 'a' });
  listener.say({ type: 'listen' });
  await Promise.all([subscriber, listener, deaf].map((client) => client.caughtUp()));
  return { subscriber, listener, deaf };
}

describe.skipIf(!hasCameras)('where a camera stands is heard as it changes, and not by who did not ask,', () => {
  test('when its network freezes, and comes back', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball') });
    const proxy = await FaultProxy.open(() => cameras.port);
    const service = await LiveService.start([{ name: 'a', input: `rtsp://127.0.0.1:${proxy.port}/a` }]);
    await service.reaches('a', 'live');
    const { subscriber, listener, deaf } = await sessions(service);
    proxy.freeze();
    await until(() => newest(subscriber)?.state === 'backing-off');
    expect(newest(subscriber)).toMatchObject({ epoch: 0, failures: 1, reason: { code: 'INPUT_STALLED' } });
    proxy.thaw();
    await until(() => newest(subscriber)?.state === 'live' && newest(subscriber)?.epoch === 1);
    await listener.caughtUp();
    await deaf.caughtUp();
    for (const client of [subscriber, listener]) {
      expect(statesOf(client).slice(0, 4)).toEqual(['live', 'stalled', 'backing-off', 'connecting']);
      expect(newest(client)).toMatchObject({ state: 'live', epoch: 1, failures: 0 });
    }
    expect(statesOf(subscriber)).toEqual(statesOf(listener));
    expect(deaf.all('state')).toEqual([]);
    // What events tell is what they told before.
    expect(listener.all('event').map(({ event }) => event)).toEqual(expect.arrayContaining(['lost', 'back']));
  });

  test('when it is given up after some tries', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball') });
    const retry = { first: 0.1, most: 0.2, attempts: 2 };
    const service = await LiveService.start([{ name: 'a', input: `rtsp://127.0.0.1:${cameras.port}/a`, retry }]);
    await service.reaches('a', 'live');
    const { subscriber, listener, deaf } = await sessions(service);
    await cameras.stop();
    for (const client of [subscriber, listener]) await until(() => newest(client)?.state === 'failed');
    await deaf.caughtUp();
    for (const client of [subscriber, listener]) {
      expect(newest(client)).toMatchObject({ failures: 3, reason: { code: 'INPUT_UNREACHABLE' } });
      expect(newest(client)?.retryAtMs).toBeUndefined();
    }
    expect(deaf.all('state')).toEqual([]);
  });

  test('when it is removed from the configuration, and added again', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball'), b: pattern('ball') });
    const [a, b] = ['a', 'b'].map((name) => ({ name, input: `rtsp://127.0.0.1:${cameras.port}/${name}` }));
    const service = await LiveService.start([a!, b!]);
    await service.reaches('a', 'live');
    const { subscriber, listener, deaf } = await sessions(service);
    await service.rewrite([b!]);
    for (const client of [subscriber, listener]) await until(() => newest(client)?.state === 'ended');
    await service.rewrite([a!, b!]);
    await until(() => newest(listener)?.state === 'live');
    await Promise.all([subscriber, deaf].map((client) => client.caughtUp()));
    expect(statesOf(listener)).toEqual(['live', 'ended', 'connecting', 'live']);
    expect(deaf.all('state')).toEqual([]);
  });
});
