import { decodePacket } from '#dist/wire/packet-codec.js';
import { describe, expect, test } from 'vitest';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { RawClient } from '../support/raw-client.ts';
import { lightStream, serve } from '../support/serving.ts';
import { sleep, until } from '../support/sleep.ts';

const sequences = (client: RawClient): number[] => client.packets.map((bytes) => decodePacket(bytes).header.sequence);
const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, i) => from + i);

/** Subscribes to "a" from its start; resolves when the server has taken it. */
async function follow(client: RawClient): Promise<void> {
  client.say({ type: 'subscribe', stream: 'a', from: 'start' });
  await client.first('subscribed');
}

describe('many clients of one stream', () => {
  test('get the same bytes, though every frame was encoded once', async () => {
    const light = lightStream('a', { count: 30 });
    const { url } = await serve([light]);
    const clients = await Promise.all(Array.from({ length: 12 }, () => RawClient.open(url)));
    for (const [i, client] of clients.entries()) {
      await follow(client);
      client.say({ type: 'credit', stream: 'a', packets: 100 + i });
    }
    await Promise.all(clients.map((client) => client.first('end')));
    for (const client of clients) {
      expect(sequences(client)).toEqual(upTo(30));
      expect(Buffer.concat(client.packets).equals(Buffer.concat(clients[0]!.packets))).toBe(true);
    }
    expect(light.encoder.runs).toBe(30);
    expect(light.source.opened).toBe(1);
  });

  test('do not wait for one that takes nothing, longer than the patience of the stream', async () => {
    const { url } = await serve([lightStream('a', { count: 40 }, { kept: 8, patienceMs: 1000 })]);
    const [stuck, quick] = [await RawClient.open(url), await RawClient.open(url)];
    for (const client of [stuck, quick]) await follow(client);
    quick.say({ type: 'credit', stream: 'a', packets: 100 });
    await quick.first('end');
    expect(sequences(quick)).toEqual(upTo(40));
    // It missed what the log let go, hears exactly that once it grants, and gets the rest.
    stuck.say({ type: 'credit', stream: 'a', packets: 100 });
    await stuck.first('end');
    expect(stuck.all('gap')).toEqual([{ type: 'gap', stream: 'a', from: 0, to: 31, frames: 32, reason: 'slow' }]);
    expect(sequences(stuck)).toEqual(upTo(40, 32));
  });

  test('are held back by one that is slow but takes', async () => {
    const light = lightStream('a', { count: 60 }, { kept: 8, patienceMs: 60_000 });
    const { url } = await serve([light]);
    const [slow, quick] = [await RawClient.open(url), await RawClient.open(url)];
    for (const client of [slow, quick]) await follow(client);
    quick.say({ type: 'credit', stream: 'a', packets: 100 });
    await quick.receives(8);
    await sleep(50);
    // Eight are kept for the slow one; the pipeline holds its own window beyond that.
    expect(quick.packets).toHaveLength(8);
    slow.say({ type: 'credit', stream: 'a', packets: 100 });
    await Promise.all([slow.first('end'), quick.first('end')]);
    expect(sequences(slow)).toEqual(upTo(60));
    expect(sequences(quick)).toEqual(upTo(60));
  });

  test('are not disturbed by one that leaves in the middle, or vanishes', async () => {
    const light = lightStream('a', { count: 60 }, { kept: 8, patienceMs: 60_000 });
    const { url } = await serve([light]);
    const clients = [await RawClient.open(url), await RawClient.open(url), await RawClient.open(url)] as const;
    for (const client of clients) await follow(client);
    const [leaver, vanisher, stayer] = clients;
    leaver.say({ type: 'credit', stream: 'a', packets: 2 });
    vanisher.say({ type: 'credit', stream: 'a', packets: 2 });
    await Promise.all([leaver.receives(2), vanisher.receives(2)]);
    stayer.say({ type: 'credit', stream: 'a', packets: 100 });
    leaver.say({ type: 'unsubscribe', stream: 'a' });
    vanisher.socket.terminate();
    // With either of them still counted as a reader, the file would wait for a minute.
    await stayer.first('end');
    expect(sequences(stayer)).toEqual(upTo(60));
    expect(leaver.packets).toHaveLength(2);
  });

  test('a camera waits for nobody: who is stuck misses packets and is told which', async () => {
    const { stream } = lightStream('a', { count: Infinity, live: true, everyMs: 1 }, { kept: 8, patienceMs: 60_000 });
    const { url } = await serve([stream]);
    const [stuck, quick] = [await RawClient.open(url), await RawClient.open(url)];
    for (const client of [stuck, quick]) client.say({ type: 'subscribe', stream: 'a', from: 'live' });
    const { next } = await stuck.first('subscribed');
    stuck.say({ type: 'credit', stream: 'a', packets: 1 });
    quick.say({ type: 'credit', stream: 'a', packets: 1_000_000 });
    await stuck.receives(1);
    const stuckAt = stream.log.next;
    await until(() => stream.log.next > stuckAt + 30);
    // A gap waits for credit too: no message goes to who takes nothing.
    await stuck.caughtUp();
    expect(stuck.packets).toHaveLength(1);
    expect(stuck.all('gap').length).toBeLessThanOrEqual(1);
    await stream.close();
    await quick.first('end');
    const end = stream.log.next;
    stuck.say({ type: 'credit', stream: 'a', packets: 100 });
    await stuck.first('end');
    const missing = stuck.all('gap').flatMap(({ from, to }) => upTo(to + 1, from));
    expect([...sequences(stuck), ...missing].sort((x, y) => x - y)).toEqual(upTo(end, next));
    expect(stuck.all('gap').at(-1)).toMatchObject({ reason: 'slow', to: end - 9 });
  });

  test('a camera waits for nobody: neither for who granted everything and does not read', async () => {
    const options = { policy: 'fixed:576', ladder: [1, 9, 36, 144, 576], dtype: 'F32' as const };
    const { stream } = lightStream(
      'a',
      { count: Infinity, live: true, everyMs: 1 },
      { kept: 256, options, patienceMs: 60_000 },
    );
    const { url } = await serve([stream]);
    const [deaf, quick] = [await RawClient.open(url), await RawClient.open(url)];
    for (const client of [deaf, quick]) {
      client.say({ type: 'subscribe', stream: 'a', from: 'live' });
      client.say({ type: 'credit', stream: 'a', packets: 1_000_000 });
      await client.receives(1);
    }
    deaf.socket.pause();
    // Some MiB more than the kernel keeps for it.
    await quick.receives(1500);
    expect(quick.all('gap')).toEqual([]);
    expect(sequences(quick)).toEqual(upTo(sequences(quick)[0]! + quick.packets.length, sequences(quick)[0]));
    deaf.socket.resume();
    await stream.close();
    await deaf.first('end');
    const [missing] = deaf.all('gap');
    expect(missing).toMatchObject({ reason: 'slow' });
  });
});

describe('a client that comes late', () => {
  test('gets from the start what the log holds', async () => {
    const { url } = await serve([lightStream('a', { count: 6 })]);
    for (const from of ['start', 0, 4] as const) {
      const client = await RawClient.open(url);
      client.say({ type: 'subscribe', stream: 'a', from });
      client.say({ type: 'credit', stream: 'a', packets: 100 });
      await client.first('end');
      expect(sequences(client)).toEqual(upTo(6, from === 'start' ? 0 : from));
    }
  });

  test('is told exactly what the log has lost', async () => {
    const light = lightStream('a', { count: 20 }, { kept: 5 });
    const { url } = await serve([light]);
    const first = await RawClient.open(url);
    first.say({ type: 'subscribe', stream: 'a' });
    first.say({ type: 'credit', stream: 'a', packets: 100 });
    await first.first('end');
    for (const from of ['start', 7] as const) {
      const late = await RawClient.open(url);
      late.say({ type: 'subscribe', stream: 'a', from });
      const begin = from === 'start' ? 0 : from;
      expect(await late.first('subscribed')).toMatchObject({ next: begin });
      late.say({ type: 'credit', stream: 'a', packets: 100 });
      await late.first('end');
      const gap = { type: 'gap', stream: 'a', from: begin, to: 14, frames: 15 - begin, reason: 'expired' };
      expect(late.all('gap')).toEqual([gap]);
      expect(sequences(late)).toEqual(upTo(20, 15));
    }
  });

  test('gets of a live stream only what is made from then on', async () => {
    const light = lightStream('a', { count: Infinity, live: true, everyMs: 1 });
    const { url } = await serve([light]);
    await until(() => light.stream.totals.packets > 5);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', from: 'live' });
    const { next } = await client.first('subscribed');
    expect(next).toBeGreaterThan(5);
    client.say({ type: 'credit', stream: 'a', packets: 3 });
    await client.receives(3);
    expect(sequences(client)).toEqual(upTo(next + 3, next));
  });

  test('waits for a sequence that is still to come', async () => {
    const light = lightStream('a', { count: 12 }, { kept: 50 });
    const { url } = await serve([light]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', from: 10 });
    client.say({ type: 'credit', stream: 'a', packets: 100 });
    await client.first('end');
    expect(sequences(client)).toEqual([10, 11]);
  });
});

describe('a stream that fails', () => {
  test('gives its subscribers what was made, the error and the end; other streams go on', async () => {
    const broken = lightStream('broken', { count: 7, failure: new Error('the lens fell off') });
    const { url } = await serve([broken, lightStream('sound', { count: 30 })]);
    const client = await RawClient.open(url);
    for (const stream of ['broken', 'sound']) {
      client.say({ type: 'subscribe', stream });
      client.say({ type: 'credit', stream, packets: 100 });
    }
    await until(() => client.all('end').length === 2);
    const error = client.all('error')[0]!;
    expect(error).toMatchObject({ code: 'INTERNAL', stream: 'broken' });
    expect(error.message).toContain('the lens fell off');
    const ends = Object.fromEntries(client.all('end').map((end) => [end.stream, end]));
    const packets = client.packets.map(decodePacket);
    for (const name of ['broken', 'sound']) {
      const own = packets.filter(({ header }) => header.stream === name);
      expect(own.map(({ header }) => header.sequence)).toEqual(upTo(own.length));
      const tokens = own.reduce((sum, { frames }) => sum + frames[0]!.tokens, 0);
      expect(ends[name]).toMatchObject({ packets: own.length, frames: own.length, tokens });
    }
    expect(ends['sound']!.packets).toBe(30);
    expect(client.got.indexOf(error)).toBeLessThan(client.got.indexOf(ends['broken']!));
  });

  test('tells the same to who subscribes afterwards', async () => {
    const fails = (run: number): Error | undefined => (run === 4 ? new Error('too warm') : undefined);
    const encoder = new PatchMeanEncoder({ side: 96, fails });
    const light = lightStream('a', { count: 9 }, { encoder });
    const { url } = await serve([light]);
    for (let i = 0; i < 2; i++) {
      const client = await RawClient.open(url);
      client.say({ type: 'subscribe', stream: 'a', from: 'start' });
      client.say({ type: 'credit', stream: 'a', packets: 100 });
      const end = await client.first('end');
      expect(client.all('error')).toHaveLength(1);
      expect(end.packets).toBe(client.packets.length);
      expect(end.packets).toBeLessThan(5);
    }
    expect(light.encoder.runs).toBeGreaterThan(4);
    expect(light.source.opened).toBe(1);
  });
});
