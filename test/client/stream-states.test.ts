import type { StreamState } from '#dist/wire/control-message.js';
import { describe, expect, test } from 'vitest';
import { RawServer, welcomeTo } from '../support/raw-server.ts';
import { cameraStream, serve } from '../support/serving.ts';
import { until } from '../support/sleep.ts';
import { join } from './joining.ts';

const stands = (state: StreamState['state'], sinceMs: number, stream = 'a'): StreamState => ({
  ...{ type: 'state', stream, state, sinceMs, epoch: 0, failures: 0 },
});

/** A client of a server that the test speaks for, and what its listener heard. */
async function listening() {
  const heard: StreamState[] = [];
  const server = await RawServer.start(welcomeTo('a', 'b'));
  const onStreamState = (state: StreamState): void => void heard.push(state);
  const client = await join(server.url, { onStreamState });
  const states = (): string[] => client.streams.map(({ state }) => state);
  return { server, client, heard, states };
}

describe('where a source stands, for a client,', () => {
  test('is heard by its listener in order, and in its streams', async () => {
    const { server, client, heard, states } = await listening();
    const before = client.streams;
    const reason = { code: 'INPUT_STALLED', what: 'Frozen.' } as const;
    const lost: StreamState = { ...stands('backing-off', 3), failures: 1, retryAtMs: 9, reason };
    for (const each of [stands('stalled', 1), lost, stands('connecting', 4, 'b')]) server.say(each);
    await until(() => heard.length === 3);
    expect(heard).toEqual([stands('stalled', 1), lost, stands('connecting', 4, 'b')]);
    expect(states()).toEqual(['backing-off', 'connecting']);
    // A list that was taken stays as it was.
    expect(before.map(({ state }) => state)).toEqual(['live', 'live']);
  });

  test('is heard once where it is told twice, and again where it is so anew', async () => {
    const { server, heard } = await listening();
    for (const each of [stands('live', 1), stands('live', 1), stands('stalled', 2), stands('live', 3)])
      server.say(each);
    await until(() => heard.at(-1)?.sinceMs === 3);
    expect(heard.map(({ sinceMs }) => sinceMs)).toEqual([1, 2, 3]);
  });

  test('is what the server said last, in "state" or in "streams"', async () => {
    const { server, client, states } = await listening();
    server.say(stands('stalled', 1));
    await until(() => states()[0] === 'stalled');
    server.say({ type: 'streams', streams: client.streams.map((facts) => ({ ...facts, state: 'failed' })) });
    await until(() => states().join() === 'failed,failed');
    server.say(stands('live', 2, 'b'));
    await until(() => states().join() === 'failed,live');
  });

  test('is heard of a stream that is offered no more, and adds none', async () => {
    const { server, client, heard } = await listening();
    server.say({ type: 'streams', streams: client.streams.slice(1) });
    server.say(stands('ended', 5));
    await until(() => heard.length === 1);
    expect(client.streams.map(({ name, state }) => [name, state])).toEqual([['b', 'live']]);
  });

  test('follows a real camera that is lost while it is subscribed', async () => {
    const camera = { retry: { firstS: 3600, mostS: 3600 } };
    const cam = cameraStream('cam', [{ count: 20 }], { camera });
    const { url } = await serve([cam.stream]);
    const heard: StreamState[] = [];
    const client = await join(url, { onStreamState: (state) => void heard.push(state) });
    const items = client.subscribe('cam');
    void items.next();
    await until(() => heard.at(-1)?.state === 'backing-off');
    expect(heard.at(-1)?.reason?.code).toBe('INPUT_ENDED');
    expect(client.streams[0]?.state).toBe('backing-off');
  });
});
