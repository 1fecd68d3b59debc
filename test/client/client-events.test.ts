import type { Client } from '#dist/client/client.js';
import type { StreamEvent } from '#dist/wire/control-message.js';
import { describe, expect, test } from 'vitest';
import { RawServer, tinyPacket, welcomeTo } from '../support/raw-server.ts';
import { rejection } from '../support/rejection.ts';
import { cameraStream, cutStream, lightStream, serve } from '../support/serving.ts';
import { turn, until } from '../support/sleep.ts';
import { joinOnce } from './joining.ts';

const event = (sequence: number, stream = 'a'): StreamEvent => ({
  ...{ type: 'event', stream, event: 'cut', atMs: 1_700_000_000_000, epoch: 0, sequence },
});

/** A loop over events on a server that the test speaks for; its `listen` is answered. */
async function listening(options: Parameters<Client['events']>[0] = {}) {
  const server = await RawServer.start(welcomeTo('a', 'b'));
  const client = await joinOnce(server.url);
  const events = client.events(options);
  const first = events.next();
  await server.hears('listen');
  server.say({ type: 'listening' });
  return { server, client, events, first };
}

describe('a loop over events', () => {
  test('gives the cut of a file and the loss of a camera, without a packet', async () => {
    const light = cutStream('clip');
    const retry = { firstS: 3600, mostS: 3600 };
    const cam = cameraStream('cam', ['refused'], { camera: { retry } });
    await until(() => cam.stream.status.state === 'backing-off');
    const { url } = await serve([light, cam.stream]);
    const client = await joinOnce(url);
    const seen: StreamEvent[] = [];
    for await (const each of client.events()) {
      if (seen.push(each) === 1) light.stream.read('start');
      else break;
    }
    expect(seen).toMatchObject([
      { stream: 'cam', event: 'lost', reason: { code: 'INPUT_UNREACHABLE' } },
      { stream: 'clip', event: 'cut', sequence: 20 },
    ]);
  });

  test('asks for all streams, or for those that it names', async () => {
    const all = await listening();
    expect(await all.server.hears('listen')).toEqual([{ type: 'listen' }]);
    const some = await listening({ streams: ['b', 'a'] });
    expect(await some.server.hears('listen')).toEqual([{ type: 'listen', streams: ['b', 'a'] }]);
  });

  test('gives events in order, as they came, beside a subscription', async () => {
    const { server, client, events, first } = await listening();
    const items = client.subscribe('a');
    const packet = items.next();
    await server.hears('credit');
    server.say({ type: 'subscribed', stream: 'a', next: 0, ladder: [1] });
    for (let i = 0; i < 3; i++) server.say(event(i));
    server.say(tinyPacket('a', 0));
    expect((await first).value).toEqual(event(0));
    expect((await packet).value).toMatchObject({ type: 'packet' });
    expect([(await events.next()).value, (await events.next()).value]).toEqual([event(1), event(2)]);
  });

  test('that is left tells the server, and another may begin', async () => {
    const { server, client, events, first } = await listening();
    server.say(event(0));
    await first;
    await events.return();
    await server.hears('unlisten');
    const second = client.events().next();
    await server.hears('listen', 2);
    server.say({ type: 'listening' });
    server.say(event(1));
    expect((await second).value).toEqual(event(1));
  });

  test('takes nothing that was said to the loop before it', async () => {
    const { server, client, events, first } = await listening({ streams: ['a'] });
    server.say(event(0));
    await first;
    await events.return();
    const second = client.events({ streams: ['b'] }).next();
    await server.hears('listen', 2);
    // On its way before the server heard that the first loop was left.
    server.say(event(1, 'a'));
    server.say({ type: 'listening' });
    server.say(event(2, 'b'));
    expect((await second).value).toEqual(event(2, 'b'));
  });

  test('is refused beside another; the first goes on', async () => {
    const { server, client, first } = await listening();
    expect((await rejection(client.events().next())).code).toBe('OPTION_INVALID');
    server.say(event(0));
    expect((await first).value).toEqual(event(0));
    expect(await server.hears('listen')).toHaveLength(1);
  });

  test('ends without an error when its signal aborts, also while it waits, after what had come', async () => {
    const abort = new AbortController();
    const { server, events, first } = await listening({ signal: abort.signal });
    abort.abort();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    await server.hears('unlisten');
  });

  test('does not even begin where its signal has aborted', async () => {
    const server = await RawServer.start(welcomeTo('a'));
    const client = await joinOnce(server.url);
    const events = client.events({ signal: AbortSignal.abort() });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    const again = client.events().next();
    expect(await server.hears('listen')).toHaveLength(1);
    server.say({ type: 'listening' });
    server.say(event(4));
    expect((await again).value).toEqual(event(4));
  });

  test('that falls 10,000 events behind ends with WIRE_LIMIT, after those that wait', async () => {
    const { server, client, events, first } = await listening();
    server.say(event(0));
    await first;
    for (let i = 1; i <= 10_050; i++) server.say(event(i));
    server.say({ type: 'streams', streams: [] });
    await until(() => client.streams.length === 0);
    let taken = 0;
    const draining = async (): Promise<void> => {
      for await (const { sequence } of events) expect(sequence).toBe(++taken);
    };
    expect(await rejection(draining())).toMatchObject({ code: 'WIRE_LIMIT' });
    expect(taken).toBe(10_000);
  });

  test('that keeps up may hear of more than 10,000', async () => {
    const { server, events, first } = await listening();
    let taken = 0;
    const end = 10_500;
    const reading = (async () => {
      await first;
      for (taken++; taken < end; taken++) await events.next();
    })();
    for (let i = 0; i < end; i++) {
      server.say(event(i));
      if (i % 500 === 499) await until(() => taken > i - 400);
    }
    await reading;
    expect(taken).toBe(end);
  });

  test('ends with CONNECTION_LOST where the server goes without a word, after what had come', async () => {
    const { server, client, events, first } = await listening();
    server.say(event(0));
    server.say(event(1));
    await first;
    server.socket.terminate();
    expect((await events.next()).value).toEqual(event(1));
    expect(await rejection(events.next())).toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
    expect((await rejection(client.events().next())).code).toBe('CONNECTION_LOST');
  });

  test('ends without an error when the client is closed, and cannot be begun afterwards', async () => {
    const { client, first } = await listening();
    client.close();
    expect(await first).toEqual({ done: true, value: undefined });
    expect((await rejection(client.events().next())).code).toBe('CONNECTION_LOST');
  });
});

describe('events that nobody asked for', () => {
  test('are let pass', async () => {
    const server = await RawServer.start(welcomeTo('a'));
    const client = await joinOnce(server.url);
    server.say(event(0));
    server.say({ type: 'streams', streams: [] });
    await until(() => client.streams.length === 0);
  });
});

describe('the streams that a client knows', () => {
  test('are kept up to date as they come and go', async () => {
    const server = await serve([lightStream('a')]);
    const client = await joinOnce(server.url);
    const names = (): string[] => client.streams.map(({ name }) => name);
    expect(names()).toEqual(['a']);
    const before = client.streams;
    server.add(lightStream('b').stream);
    await until(() => names().length === 2);
    await server.remove('a');
    await until(() => names().join() === 'b');
    // A list that was taken stays as it was.
    await turn();
    expect(before.map(({ name }) => name)).toEqual(['a']);
  });
});
