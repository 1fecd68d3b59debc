import { decodePacket } from '#dist/wire/packet-codec.js';
import { describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { Random } from '../support/random.ts';
import { lightStream, serve } from '../support/serving.ts';
import { sleep } from '../support/sleep.ts';

const sequences = (client: RawClient): number[] => client.packets.map((bytes) => decodePacket(bytes).header.sequence);
const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, i) => from + i);

describe('a session', () => {
  test('begins with a welcome that names the streams, their shape and the limits', async () => {
    const { url } = await serve([lightStream('a'), lightStream('b', { live: true, count: Infinity, everyMs: 5 })]);
    const client = await RawClient.open(url);
    expect(await client.first('welcome')).toEqual({
      type: 'welcome',
      protocol: 'framenest.v1',
      server: 'test',
      streams: ['a', 'b'].map((name) => ({
        name,
        live: name === 'b',
        state: name === 'b' ? 'live' : 'connecting',
        encoder: 'sha256:patch-mean',
        channels: 3,
        gridSide: 24,
        ladder: [1, 9, 36, 144],
        timebase: '1/90000',
        durable: false,
        queries: false,
      })),
      limits: { messageBytes: 16_384, subscriptions: 64, messagesPerSecond: 100 },
    });
  });

  test('follows a file from its first packet to its end, with totals that are the sums of what came', async () => {
    const { url } = await serve([lightStream('a', { count: 12 })]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a' });
    expect(await client.first('subscribed')).toEqual({
      type: 'subscribed',
      stream: 'a',
      next: 0,
      ladder: [1, 9, 36, 144],
    });
    client.say({ type: 'credit', stream: 'a', packets: 100 });
    const end = await client.first('end');
    const packets = client.packets.map(decodePacket);
    expect(packets.map(({ header }) => header.sequence)).toEqual(upTo(12));
    expect(packets.every(({ header }) => header.stream === 'a')).toBe(true);
    const tokens = packets.reduce((sum, { frames }) => sum + frames[0]!.tokens, 0);
    expect(end).toEqual({ type: 'end', stream: 'a', packets: 12, frames: 12, tokens });
    expect(tokens).toBe(12 * 9);
    expect(client.got.at(-1)).toBe(end);
  });

  test('sends nothing without credit, and never more than was granted', async () => {
    const { url } = await serve([lightStream('a', { count: 20 })]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a' });
    await client.first('subscribed');
    await sleep(50);
    expect(client.packets).toHaveLength(0);
    for (const [granted, total] of [
      [3, 3],
      [1, 4],
      [7, 11],
    ] as const) {
      client.say({ type: 'credit', stream: 'a', packets: granted });
      await client.receives(total);
      await sleep(30);
      expect(sequences(client)).toEqual(upTo(total));
    }
    expect(client.all('end')).toEqual([]);
  });

  test('tells the end to a client that granted as many packets as there are, and no more', async () => {
    const { url } = await serve([lightStream('a', { count: 5 })]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a' });
    client.say({ type: 'credit', stream: 'a', packets: 5 });
    expect((await client.first('end')).packets).toBe(5);
    expect(client.packets).toHaveLength(5);
  });

  test('can follow two streams at once, each with its own credit', async () => {
    const { url } = await serve([lightStream('a'), lightStream('b')]);
    const client = await RawClient.open(url);
    for (const stream of ['a', 'b']) client.say({ type: 'subscribe', stream });
    client.say({ type: 'credit', stream: 'b', packets: 4 });
    client.say({ type: 'credit', stream: 'a', packets: 2 });
    await client.receives(6);
    await client.caughtUp();
    const names = client.packets.map((bytes) => decodePacket(bytes).header.stream).sort();
    expect(names).toEqual(['a', 'a', 'b', 'b', 'b', 'b']);
  });

  test('can leave a stream and follow it again from where it left', async () => {
    const { url } = await serve([lightStream('a', { count: 8 })]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a' });
    client.say({ type: 'credit', stream: 'a', packets: 3 });
    await client.receives(3);
    client.say({ type: 'unsubscribe', stream: 'a' });
    client.say({ type: 'credit', stream: 'a', packets: 3 });
    await client.caughtUp();
    expect(client.packets).toHaveLength(3);
    client.say({ type: 'subscribe', stream: 'a', from: 3 });
    client.say({ type: 'credit', stream: 'a', packets: 100 });
    await client.first('end');
    expect(sequences(client)).toEqual(upTo(8));
  });

  test('answers a ping and takes an ack without an answer', async () => {
    const { url } = await serve([lightStream('a')]);
    const client = await RawClient.open(url);
    client.say({ type: 'ack', stream: 'a', sequence: 3 });
    await client.caughtUp();
    expect(client.got.map((item) => Buffer.isBuffer(item) || item.type)).toEqual(['welcome', 'pong']);
  });
});

describe('what a session refuses', () => {
  test('an unknown stream, and goes on', async () => {
    const { url } = await serve([lightStream('a', { count: 1 })]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'b' });
    expect(await client.first('error')).toEqual({
      type: 'error',
      code: 'STREAM_UNKNOWN',
      message: 'No stream is called "b".',
      mend: 'Subscribe to one of: a.',
      retryable: false,
      stream: 'b',
    });
    client.say({ type: 'subscribe', stream: 'a' });
    client.say({ type: 'credit', stream: 'a', packets: 1 });
    await client.first('end');
  });

  test('a second subscription to one stream, and goes on with the first', async () => {
    const { url } = await serve([lightStream('a', { count: 2 })]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a' });
    client.say({ type: 'subscribe', stream: 'a' });
    expect(await client.first('error')).toMatchObject({ code: 'PROTOCOL_VIOLATION', stream: 'a' });
    client.say({ type: 'credit', stream: 'a', packets: 10 });
    await client.first('end');
    expect(client.packets).toHaveLength(2);
  });

  test('a sixty-fifth subscription', async () => {
    // Short names: the welcome must name them all.
    const { url } = await serve(Array.from({ length: 65 }, (_, i) => lightStream(String(i), { count: 1 })));
    const client = await RawClient.open(url);
    for (let i = 0; i < 65; i++) client.say({ type: 'subscribe', stream: String(i) });
    expect(await client.first('error')).toMatchObject({ code: 'SESSION_LIMIT', stream: '64', retryable: true });
    expect(client.all('subscribed')).toHaveLength(64);
  });

  test.each<[string, string | Buffer, string, number]>([
    ['text that is no JSON', '{"type":', 'PROTOCOL_VIOLATION', 4400],
    ['a message of no known type', '{"type":"dance"}', 'PROTOCOL_VIOLATION', 4400],
    ['a credit of nothing', '{"type":"credit","stream":"a","packets":0}', 'PROTOCOL_VIOLATION', 4400],
    ['a negative sequence', '{"type":"subscribe","stream":"a","from":-1}', 'PROTOCOL_VIOLATION', 4400],
    ['a binary message', Buffer.from('{"type":"ping"}'), 'PROTOCOL_VIOLATION', 4400],
    ['a message above the limit', JSON.stringify({ type: 'ping', x: 'é'.repeat(9000) }), 'WIRE_LIMIT', 1009],
  ])('%s, with an error and a close that say so', async (_, message, code, status) => {
    const { url } = await serve([lightStream('a')]);
    const client = await RawClient.open(url);
    client.say(message);
    expect(await client.closed()).toEqual({ status, reason: code });
    expect(client.all('error')).toHaveLength(1);
    expect(client.all('error')[0]).toMatchObject({ code, retryable: false });
    expect(client.all('error')[0]!.stream).toBeUndefined();
    await (await RawClient.open(url)).caughtUp();
  });

  test('a message far above the limit, at its first bytes and without reading on', async () => {
    const { url } = await serve([]);
    const client = await RawClient.open(url);
    client.say('x'.repeat(1 << 20));
    expect((await client.closed()).status).toBe(1009);
  });

  test('everything that a client says after it was refused', async () => {
    const light = lightStream('a');
    const { url } = await serve([light]);
    const client = await RawClient.open(url);
    client.say('nonsense');
    client.say({ type: 'subscribe', stream: 'a' });
    client.say('more nonsense');
    await client.closed();
    expect(client.all('error')).toHaveLength(1);
    expect(light.source.opened).toBe(0);
  });

  test('a thousand garbage messages, and still serves', async () => {
    const { url } = await serve([lightStream('a', { count: 3 })]);
    const random = new Random(7);
    const pieces = [
      '{',
      '}',
      '"type"',
      ':',
      '"subscribe"',
      ',',
      '"stream"',
      '"a"',
      'null',
      '[',
      '1e999',
      '\u0000',
      '"\ud83d',
    ];
    const garbage = (): string =>
      Array.from({ length: 1 + random.below(12) }, () => pieces[random.below(pieces.length)]).join('');
    // A refused socket hears no more: many sockets, some messages each.
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.open(url)));
      for (const client of clients) for (let i = 0; i < 5; i++) client.say(garbage());
      for (const client of clients) expect([4400, 1007]).toContain((await client.closed()).status);
    }
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a' });
    client.say({ type: 'credit', stream: 'a', packets: 10 });
    expect((await client.first('end')).packets).toBe(3);
  });
});
