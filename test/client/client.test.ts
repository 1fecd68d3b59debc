import type { Client } from '#dist/client/client.js';
import type { SubscribeOptions } from '#dist/client/subscribe-options.js';
import type { SubscriptionItem } from '#dist/client/subscription.js';
import { describe, expect, test } from 'vitest';
import { RawServer, tinyPacket, welcomeTo } from '../support/raw-server.ts';
import { rejection } from '../support/rejection.ts';
import { lightStream, serve } from '../support/serving.ts';
import { sleep, until } from '../support/sleep.ts';
import { joinOnce, subscribedBy } from './joining.ts';

/** Everything that a subscription gives. */
async function drain(client: Client, stream: string, options: SubscribeOptions = {}): Promise<SubscriptionItem[]> {
  const items: SubscriptionItem[] = [];
  for await (const item of client.subscribe(stream, options)) items.push(item);
  return items;
}

const sequencesOf = (items: readonly SubscriptionItem[]): number[] =>
  items.flatMap((item) => (item.type === 'packet' ? [item.packet.header.sequence] : []));
const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i);

const subscribed = (options: SubscribeOptions = {}) => subscribedBy(joinOnce, 0, options);

describe('a subscription', () => {
  test.each([1, 2, 7, 32, 1000])('with a window of %i gives every packet in order, and the end', async (window) => {
    const { url } = await serve([lightStream('a', { count: 50 })]);
    const items = await drain(await joinOnce(url), 'a', { from: 'start', window });
    expect(sequencesOf(items)).toEqual(upTo(50));
    expect(items.at(-1)).toEqual({ type: 'end', stream: 'a', packets: 50, frames: 50, tokens: 450 });
    expect(items).toHaveLength(51);
  });

  test('gives the gap that a late client meets', async () => {
    const { url } = await serve([lightStream('a', { count: 20 }, { kept: 5 })]);
    const client = await joinOnce(url);
    await drain(client, 'a', { from: 'start' });
    const items = await drain(client, 'a', { from: 'start' });
    expect(items[0]).toEqual({ type: 'gap', stream: 'a', from: 0, to: 14, frames: 15, reason: 'expired' });
    expect(sequencesOf(items)).toEqual([15, 16, 17, 18, 19]);
  });

  test('to two streams at once keeps them apart on one connection', async () => {
    const { url } = await serve([lightStream('a', { count: 30 }), lightStream('b', { count: 40 })]);
    const client = await joinOnce(url);
    const [a, b] = await Promise.all(['a', 'b'].map((name) => drain(client, name, { from: 'start' })));
    expect(sequencesOf(a!)).toEqual(upTo(30));
    expect(sequencesOf(b!)).toEqual(upTo(40));
  });

  test('with a slow loop holds the server back: never more than its window is granted', async () => {
    const { server, items, first } = await subscribed({ window: 6 });
    let [sent, taken] = [0, 0];
    const sendAll = (): void => {
      // On their way or waiting: what was granted less what the loop took.
      expect(server.granted - taken).toBeLessThanOrEqual(6);
      while (sent < server.granted) server.say(tinyPacket('a', sent++));
    };
    sendAll();
    expect(sent).toBe(6);
    server.socket.on('message', sendAll);
    for (let next = await first; taken < 40; next = await items.next()) {
      expect(next.value).toMatchObject({ packet: { header: { sequence: taken++ } } });
      if (taken % 10 === 0) await sleep(10);
    }
    await items.return();
  });

  test('with a loop that stands still leaves the file where it is', async () => {
    const light = lightStream('a', { count: 200 }, { kept: 4, patienceMs: 60_000 });
    const { url } = await serve([light]);
    const items = (await joinOnce(url)).subscribe('a', { window: 4 });
    await items.next();
    await until(() => light.stream.totals.packets === 8);
    await sleep(50);
    // One was taken: four are granted anew, four are kept.
    expect(light.stream.totals.packets).toBe(8);
    const rest: SubscriptionItem[] = [];
    for await (const item of items) rest.push(item);
    expect(sequencesOf(rest)).toEqual(upTo(200).slice(1));
  });

  test('that is left tells the server, and can be begun again from there', async () => {
    const { url } = await serve([lightStream('a', { count: 60 })]);
    const client = await joinOnce(url);
    for (let at = 0; at < 60;) {
      // Packets of the last round are still on their way when the next one begins.
      for await (const item of client.subscribe('a', { from: at, window: 8 })) {
        if (item.type === 'end') break;
        expect(sequencesOf([item])).toEqual([at]);
        at++;
        if (at % 5 === 0) break;
      }
    }
  });

  test('that is left frees its place at the server', async () => {
    const { server, items, first } = await subscribed();
    server.say(tinyPacket('a', 0));
    await first;
    await items.return();
    expect(await server.hears('unsubscribe')).toEqual([{ type: 'unsubscribe', stream: 'a' }]);
  });

  test('ends without an error when its signal aborts, also while it waits', async () => {
    const abort = new AbortController();
    const { server, first, items } = await subscribed({ signal: abort.signal });
    abort.abort();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(await items.next()).toEqual({ done: true, value: undefined });
    await server.hears('unsubscribe');
  });

  test('that is left before the server answered takes nothing from the one after it', async () => {
    const server = await RawServer.start(welcomeTo('a'));
    const client = await joinOnce(server.url);
    const abort = new AbortController();
    const left = client.subscribe('a', { signal: abort.signal }).next();
    abort.abort();
    await left;
    const second = client.subscribe('a').next();
    await server.hears('subscribe', 2);
    server.say({ type: 'subscribed', stream: 'a', next: 0, ladder: [1] });
    server.say(tinyPacket('a', 0));
    server.say({ type: 'subscribed', stream: 'a', next: 7, ladder: [1] });
    server.say(tinyPacket('a', 7));
    expect((await second).value).toMatchObject({ packet: { header: { sequence: 7 } } });
  });

  test('ends without an error when the client is closed, and cannot be begun afterwards', async () => {
    const { client, first } = await subscribed();
    client.close();
    expect(await first).toEqual({ done: true, value: undefined });
    expect((await rejection(client.subscribe('a').next())).code).toBe('CONNECTION_LOST');
  });

  test.each<[string, SubscribeOptions]>([
    ['a window of nothing', { window: 0 }],
    ['half a packet', { window: 1.5 }],
    ['an endless window', { window: Infinity }],
    ['a negative sequence', { from: -1 }],
    ['no number', { from: NaN }],
  ])('with %s is refused before the server hears of it', async (_, options) => {
    const { url } = await serve([lightStream('a', { count: 1 })]);
    const client = await joinOnce(url);
    expect((await rejection(drain(client, 'a', options))).code).toBe('OPTION_INVALID');
    expect(await drain(client, 'a')).toHaveLength(2);
  });

  test('to a stream that is followed already is refused; the first goes on', async () => {
    const { server, client, first } = await subscribed();
    expect((await rejection(client.subscribe('a').next())).code).toBe('OPTION_INVALID');
    server.say(tinyPacket('a', 0));
    expect((await first).value).toMatchObject({ type: 'packet' });
  });
});

describe('what a server says', () => {
  test('of an unknown stream is thrown with its code; the session goes on', async () => {
    const { url } = await serve([lightStream('a', { count: 2 })]);
    const client = await joinOnce(url);
    expect(await rejection(drain(client, 'b'))).toMatchObject({
      code: 'STREAM_UNKNOWN',
      what: 'No stream is called "b".',
      mend: 'Subscribe to one of: a.',
    });
    expect(await drain(client, 'a')).toHaveLength(3);
  });

  test('of a stream that failed is thrown after its packets', async () => {
    const { url } = await serve([lightStream('a', { count: 30, failure: new Error('no light') })]);
    const client = await joinOnce(url);
    const seen: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const item of client.subscribe('a', { from: 'start' })) seen.push(...sequencesOf([item]));
    };
    const error = await rejection(reading());
    expect(error.code).toBe('INTERNAL');
    expect(error.what).toContain('no light');
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual(upTo(seen.length));
  });

  test('of the whole session ends every subscription', async () => {
    const { server, client, first } = await subscribed();
    const other = rejection(client.subscribe('b').next());
    server.say({ type: 'error', code: 'SESSION_LIMIT', message: 'Too quiet.', mend: 'Speak.', retryable: true });
    expect((await rejection(first)).code).toBe('SESSION_LIMIT');
    expect((await other).code).toBe('SESSION_LIMIT');
  });

  test('beyond the credit is PROTOCOL_VIOLATION', async () => {
    const { server, first, items } = await subscribed({ window: 2 });
    for (let i = 0; i < 3; i++) server.say(tinyPacket('a', i));
    await first;
    await items.next();
    expect(await rejection(items.next())).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    await until(() => server.socket.readyState === 3);
  });

  test.each<[string, string | Uint8Array, string]>([
    ['bytes that are no packet', new Uint8Array(40), 'WIRE_MALFORMED'],
    ['a packet that was cut short', tinyPacket('a', 0).subarray(0, -1), 'WIRE_MALFORMED'],
    ['text that is no JSON', 'hello', 'PROTOCOL_VIOLATION'],
    ['a message of no known type', '{"type":"dance"}', 'PROTOCOL_VIOLATION'],
  ])('that is %s ends the session with a code', async (_, message, code) => {
    const { server, first, client } = await subscribed();
    server.say(message);
    expect((await rejection(first)).code).toBe(code);
    expect((await rejection(client.subscribe('b').next())).code).toBe(code);
  });

  test('is let pass where it concerns a stream that nobody follows', async () => {
    const { server, first } = await subscribed();
    server.say(tinyPacket('b', 0));
    server.say({ type: 'end', stream: 'b', packets: 0, frames: 0, tokens: 0 });
    server.say({ type: 'goaway', timeLeftMs: 5 });
    server.say(tinyPacket('a', 0));
    expect((await first).value).toMatchObject({ type: 'packet' });
  });
});

describe('a server that goes away', () => {
  test('without a word is CONNECTION_LOST, after what had arrived', async () => {
    const { server, first, items } = await subscribed();
    server.say(tinyPacket('a', 0));
    await first;
    server.socket.terminate();
    const error = await rejection(items.next());
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
    expect(error.what).toContain('1006');
  });

  test('with a code in its close is thrown with that code', async () => {
    const { server, first } = await subscribed();
    server.socket.close(4429, 'SESSION_LIMIT');
    expect((await rejection(first)).code).toBe('SESSION_LIMIT');
  });

  test('with a reason that is no code is CONNECTION_LOST', async () => {
    const { server, first } = await subscribed();
    server.socket.close(4000, 'toString');
    expect((await rejection(first)).code).toBe('CONNECTION_LOST');
  });

  test('in order gives what is left of a finished file first', async () => {
    const light = lightStream('a', { count: 30 });
    const server = await serve([light]);
    const items = (await joinOnce(server.url)).subscribe('a', { from: 'start', window: 4 });
    const seen = [(await items.next()).value!];
    await until(() => light.stream.ended);
    const closing = server.close();
    for await (const item of items) seen.push(item);
    await closing;
    expect(sequencesOf(seen)).toEqual(upTo(30));
    expect(seen.at(-1)).toMatchObject({ type: 'end', packets: 30 });
  });
});
