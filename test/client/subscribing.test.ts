import type { SubscribeOptions } from '#dist/client/subscribe-options.js';
import { describe, expect, test } from 'vitest';
import { RawServer, tinyPacket, welcomeTo } from '../support/raw-server.ts';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/sleep.ts';
import { join, subscribedBy } from './joining.ts';
import { LogServer, loggedPacket, tokensOf } from './log-server.ts';

const gap = (from: number, to: number) =>
  ({ type: 'gap', stream: 'a', from, to, frames: to - from + 1, reason: 'slow' }) as const;

describe('a window', () => {
  test('of packets, bytes and tokens is granted in each, and anew as the loop takes', async () => {
    const server = await LogServer.start({ packets: 40, ends: true });
    const client = await join(server.url);
    const bytes = loggedPacket('a', 0).length;
    const window = { packets: 8, bytes: 6 * bytes, tokens: 10 };
    let [taken, tokens] = [0, 0];
    for await (const item of client.subscribe('a', { from: 'start', window })) {
      if (item.type !== 'packet') continue;
      const granted = (name: string): number =>
        server.all('credit').reduce((sum, { [name]: more = 0 }) => sum + (more as number), 0);
      // What is on its way or waits is never more than the window, but for the one packet that may overdraw.
      expect(granted('packets') - taken).toBeLessThanOrEqual(8);
      expect(granted('tokens') - tokens).toBeLessThanOrEqual(10);
      expect(item.packet.header.sequence).toBe(taken);
      tokens += tokensOf(taken++);
    }
    expect(taken).toBe(40);
    expect(server.all('credit')[0]).toEqual({ type: 'credit', stream: 'a', ...window });
  });

  test.each([{ bytes: 1 }, { tokens: 1 }, { tokens: 3, bytes: 700 }])(
    'smaller than a packet lets one through at a time: %j',
    async (window) => {
      const server = await LogServer.start({ packets: 12, ends: true });
      const client = await join(server.url);
      const seen: number[] = [];
      for await (const item of client.subscribe('a', { from: 'start', window })) {
        if (item.type === 'packet') seen.push(item.packet.header.sequence);
      }
      expect(seen).toHaveLength(12);
      expect(server.all('credit').every((message) => !('packets' in message))).toBe(true);
    },
  );

  test.each<SubscribeOptions>([
    { window: {} },
    { window: { packets: 0 } },
    { window: { packets: 4, bytes: -1 } },
    { window: { tokens: 1e9 } },
    { window: { bytes: 2 ** 41 } },
    { window: { tokens: NaN } },
  ])('that is none is OPTION_INVALID: %j', async (options) => {
    const server = await LogServer.start();
    const client = await join(server.url);
    expect((await rejection(client.subscribe('a', options).next())).code).toBe('OPTION_INVALID');
    expect(server.heard).toEqual([]);
  });

  test('of bytes that the server goes beyond is PROTOCOL_VIOLATION', async () => {
    const { server, first, items } = await subscribedBy(join, 0, { window: { bytes: 100 } });
    server.say(tinyPacket('a', 0));
    server.say(tinyPacket('a', 1));
    await first;
    expect((await rejection(items.next())).what).toContain('more of "a" than it was granted');
  });
});

describe('options of a subscription', () => {
  test('reach the server as they are', async () => {
    const wishes: SubscribeOptions = {
      ...{ from: { atMs: 1_700_000_000_000 }, maxScale: 36, layout: 'uniform', tokensPerSecond: 40.5 },
      ...{ dtype: 'I8', values: false, key: true, maxLag: 30 },
    };
    const server = await LogServer.start({ packets: 1 });
    const client = await join(server.url);
    await client.subscribe('a', { ...wishes, window: 5 }).next();
    expect(server.all('subscribe')).toEqual([{ type: 'subscribe', stream: 'a', ...wishes }]);
  });

  test.each<object>([
    { from: { atMs: -1 } },
    { from: 1.5 },
    { from: 'soon' },
    { maxScale: 0 },
    { layout: 'round' },
    { tokensPerSecond: NaN },
    { dtype: 'F64' },
    { key: 'yes' },
    { maxLag: 2_000_000 },
  ])('that the server would not understand are OPTION_INVALID: %j', async (options) => {
    const server = await LogServer.start({ packets: 1 });
    const client = await join(server.url);
    expect((await rejection(client.subscribe('a', options).next())).code).toBe('OPTION_INVALID');
    // The session goes on.
    expect((await client.subscribe('a', { from: 'start' }).next()).value).toMatchObject({ type: 'packet' });
  });
});

describe('a demotion', () => {
  test('is told in its place', async () => {
    const { server, first, items } = await subscribedBy(join, 0);
    const demoted = { type: 'demoted', stream: 'a', maxScale: 9, reason: 'behind' } as const;
    for (const message of [tinyPacket('a', 0), demoted, tinyPacket('a', 1)]) server.say(message);
    await first;
    expect([(await items.next()).value, (await items.next()).value]).toMatchObject([demoted, { type: 'packet' }]);
  });
});

describe('sequences', () => {
  test('go on after a gap', async () => {
    const { server, first, items } = await subscribedBy(join, 3);
    for (const message of [gap(3, 4), gap(5, 5), tinyPacket('a', 6)]) server.say(message);
    expect([(await first).value, (await items.next()).value]).toEqual([gap(3, 4), gap(5, 5)]);
    expect((await items.next()).value).toMatchObject({ packet: { header: { sequence: 6 } } });
  });

  test.each<[string, (object | Uint8Array)[]]>([
    ['a packet twice', [tinyPacket('a', 5), tinyPacket('a', 5)]],
    ['a packet before the first', [tinyPacket('a', 4)]],
    ['a hole', [tinyPacket('a', 5), tinyPacket('a', 7)]],
    ['a gap over what was given', [tinyPacket('a', 5), gap(5, 7)]],
    ['a gap past what comes next', [gap(6, 7)]],
    ['a gap backwards', [gap(5, 4)]],
    ['a hole after a gap', [gap(5, 7), tinyPacket('a', 9)]],
    ['a second beginning', [{ type: 'subscribed', stream: 'a', next: 5, ladder: [1] }]],
  ])('with %s are PROTOCOL_VIOLATION', async (_, messages) => {
    const { server, first, items, client } = await subscribedBy(join, 5);
    for (const message of messages) server.say(message);
    const draining = async (): Promise<void> => {
      await first;
      while (!(await items.next()).done);
    };
    expect((await rejection(draining())).code).toBe('PROTOCOL_VIOLATION');
    expect(client.state).toBe('closed');
    await until(() => server.socket.readyState === 3);
  });

  test('that begin after the one that was asked for are PROTOCOL_VIOLATION', async () => {
    const { first } = await subscribedBy(join, 9, { from: 8 });
    expect((await rejection(first)).what).toContain('9 where 8 was asked for');
  });

  test('that begin before the one that was asked for are those of a log that has no more', async () => {
    const { server, first } = await subscribedBy(join, 3, { from: 8 });
    server.say(tinyPacket('a', 3));
    expect((await first).value).toMatchObject({ packet: { header: { sequence: 3 } } });
  });

  test('of gaps without end cost no more than 1,024 places', async () => {
    const { server, client, items, first } = await subscribedBy(join, 0);
    for (let i = 0; i < 1100; i++) server.say(gap(i, i));
    await first;
    await until(() => client.state === 'closed');
    const draining = async (): Promise<void> => {
      while (!(await items.next()).done);
    };
    expect((await rejection(draining())).code).toBe('WIRE_LIMIT');
  });
});

describe('acknowledging', () => {
  test('by hand is answered, and tells what is durable', async () => {
    const server = await LogServer.start({ packets: 5 });
    const client = await join(server.url);
    expect(client.durableUntil('a')).toBeUndefined();
    client.ack('a', 3);
    await until(() => client.durableUntil('a') === 3);
    client.ack('a', 2);
    client.ack('a', 4);
    await until(() => client.durableUntil('a') === 4);
    expect(server.all('ack').map(({ sequence }) => sequence)).toEqual([3, 4]);
    expect(client.durableUntil('b')).toBeUndefined();
  });

  test.each([-1, 0.5, NaN, 2 ** 60])('%s is OPTION_INVALID', async (sequence) => {
    const client = await join((await LogServer.start()).url);
    expect(() => client.ack('a', sequence)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }) as Error);
  });

  test('what the loop took tells what it has done with, in few messages, the last one at its end', async () => {
    const server = await LogServer.start({ packets: 200, ends: true });
    const client = await join(server.url);
    for await (const item of client.subscribe('a', { from: 'start', ack: 'taken' })) {
      if (item.type !== 'packet') continue;
      const { sequence } = item.packet.header;
      // What the loop holds is not done with.
      expect(server.all('ack').every((message) => (message['sequence'] as number) < sequence)).toBe(true);
    }
    await until(() => client.durableUntil('a') === 199);
    expect(server.all('ack').length).toBeLessThan(100);
  });

  test('what the loop took leaves out the packet in whose midst it was left', async () => {
    const server = await LogServer.start({ packets: 9 });
    const client = await join(server.url);
    for await (const item of client.subscribe('a', { from: 'start', ack: 'taken' })) {
      if (item.type === 'packet' && item.packet.header.sequence === 6) break;
    }
    await until(() => client.durableUntil('a') === 5);
  });

  test('is said again on the next connection while there is no answer', async () => {
    const server = await RawServer.start(welcomeTo('a'));
    const client = await join(server.url);
    client.ack('a', 8);
    await server.hears('ack');
    server.socket.terminate();
    expect(await server.hears('ack', 2)).toEqual(Array(2).fill({ type: 'ack', stream: 'a', sequence: 8 }));
    server.say({ type: 'acked', stream: 'a', sequence: 8 });
    // Of a stream that was never acknowledged it means nothing.
    server.say({ type: 'acked', stream: 'b', sequence: 8 });
    await until(() => client.durableUntil('a') === 8);
    expect(client.durableUntil('b')).toBeUndefined();
  });
});
