import type { Client } from '#dist/client/client.js';
import { connect } from '#dist/client/connect.js';
import type { StateChange } from '#dist/client/link.js';
import type { SubscribeOptions } from '#dist/client/subscribe-options.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FaultProxy } from '../support/fault-proxy.ts';
import { fuzzRuns, fuzzTimeoutMs } from '../support/fuzz-runs.ts';
import { rejection } from '../support/rejection.ts';
import { lightStream, serve } from '../support/serving.ts';
import { sleep, turn, until } from '../support/sleep.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { join } from './joining.ts';
import { LogServer, soon } from './log-server.ts';

const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, i) => from + i);

/** The sequences that a loop gives, up to so many or to its end. */
async function take(items: ReturnType<Client['subscribe']>, most = Infinity): Promise<number[]> {
  const seen: number[] = [];
  while (seen.length < most) {
    const { value, done } = await items.next();
    if (done) break;
    if (value.type === 'packet') seen.push(value.packet.header.sequence);
  }
  return seen;
}

const anyWindow: fc.Arbitrary<NonNullable<SubscribeOptions['window']>> = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.record(
    {
      packets: fc.integer({ min: 1, max: 40 }),
      bytes: fc.integer({ min: 1, max: 20_000 }),
      tokens: fc.integer({ min: 1, max: 60 }),
    },
    { requiredKeys: ['bytes'] },
  ),
);

describe('a loop whose connection is cut', () => {
  test('gives every packet once and in order, wherever the cuts are', { timeout: fuzzTimeoutMs }, async () => {
    const lives = fc.array(fc.integer({ min: 1, max: 12_000 }), { maxLength: 12 });
    const server = await LogServer.start({ packets: 80, ends: true });
    await fc.assert(
      fc.asyncProperty(lives, anyWindow, fc.nat(3), async (cuts, window, pause) => {
        const proxy = await CuttingProxy.open(server.port, cuts);
        const client = await connect(proxy.url, { reconnect: { ...soon, initially: true } });
        const seen: number[] = [];
        for await (const item of client.subscribe('a', { from: 'start', window })) {
          if (item.type === 'packet') seen.push(item.packet.header.sequence);
          if (pause > 0 && seen.length % (7 * pause) === 0) await turn();
        }
        client.close();
        expect(seen).toEqual(upTo(80));
      }),
      { numRuns: Math.max(40, Math.round(fuzzRuns / 500)) },
    );
  });

  test('gives every packet of a real server once and in order', async () => {
    const { url } = await serve([lightStream('a', { count: 120 })]);
    const proxy = await FaultProxy.open(() => Number(new URL(url).port));
    const changes: string[] = [];
    const client = await join(`ws://127.0.0.1:${proxy.port}`, { onState: ({ state }) => changes.push(state) });
    const seen: number[] = [];
    for await (const item of client.subscribe('a', { from: 'start', window: 8 })) {
      if (item.type === 'packet') seen.push(item.packet.header.sequence);
      if (seen.length % 25 === 0 && item.type === 'packet') proxy.reset();
    }
    expect(seen).toEqual(upTo(120));
    expect(changes.filter((state) => state === 'open').length).toBeGreaterThan(1);
  });

  test('that began live and received nothing yet goes on from where it would have begun', async () => {
    const server = await LogServer.start({ packets: 7 });
    const client = await join(server.url);
    const items = client.subscribe('a');
    const first = items.next();
    await until(() => server.all('credit').length === 1);
    // The answer has come, as it came before this one's.
    await hearsBack(client, server);
    server.cut();
    await until(() => client.state !== 'open');
    server.packets += 5;
    expect((await first).value).toMatchObject({ packet: { header: { sequence: 7 } } });
    expect(server.all('subscribe').map(({ from }) => from)).toEqual(['live', 7]);
    expect(await take(items, 4)).toEqual(upTo(12, 8));
  });

  test('keeps what it had received, and grants only for the room that is left', async () => {
    const server = await LogServer.start({ packets: 100 });
    const client = await join(server.url);
    const items = client.subscribe('a', { from: 'start', window: 10 });
    expect(await take(items, 1)).toEqual([0]);
    await hearsBack(client, server);
    server.cut();
    await until(() => server.connections === 2 && client.state === 'open');
    // Nine wait: no room for half a window.
    expect(server.all('credit').map(({ packets }) => packets)).toEqual([10]);
    expect(await take(items, 20)).toEqual(upTo(21, 1));
    expect(server.all('subscribe')[1]).toMatchObject({ from: 10 });
  });

  test('ends without an error when its client is closed between two tries', async () => {
    const server = await LogServer.start({ packets: 1 });
    const client = await join(server.url, { reconnect: { firstMs: 60_000, mostMs: 60_000 } });
    const items = client.subscribe('a', { from: 'start' });
    expect(await take(items, 1)).toEqual([0]);
    server.cut();
    await until(() => client.state === 'waiting');
    const rest = take(items);
    client.close();
    expect(await rest).toEqual([]);
    expect(client.state).toBe('closed');
  });

  test('may begin between two tries', async () => {
    const server = await LogServer.start({ packets: 3, ends: true });
    const client = await join(server.url);
    server.cut();
    await until(() => client.state !== 'open');
    expect(await take(client.subscribe('a', { from: 'start' }))).toEqual([0, 1, 2]);
  });

  test('that is left between two tries is not begun again', async () => {
    const server = await LogServer.start({ packets: 3 });
    const client = await join(server.url);
    const items = client.subscribe('a', { from: 'start' });
    await take(items, 1);
    server.cut();
    await until(() => client.state !== 'open');
    await items.return();
    expect(await take(client.subscribe('b', { from: 'start' }), 3)).toEqual([0, 1, 2]);
    expect(server.all('subscribe').map(({ stream }) => stream)).toEqual(['a', 'b']);
  });

  test('ends with the error of the last try once its attempts are used up', async () => {
    const server = await LogServer.start({ packets: 2 });
    const client = await join(server.url, { reconnect: { ...soon, attempts: 2 } });
    const items = client.subscribe('a', { from: 'start' });
    await take(items, 1);
    server.close();
    expect(await take(items, 1)).toEqual([1]);
    expect(await rejection(items.next())).toMatchObject({ code: 'CONNECT_FAILED', retryable: true });
    expect(client.state).toBe('closed');
  });

  test('over events listens again', async () => {
    const server = await LogServer.start();
    const client = await join(server.url);
    const next = client.events({ streams: ['a'] }).next();
    await until(() => server.all('listen').length === 1);
    server.cut();
    await until(() => server.all('listen').length === 2);
    server.say({ type: 'listening' });
    server.say({ type: 'event', stream: 'a', event: 'cut', atMs: 1, epoch: 0 });
    expect((await next).value).toMatchObject({ event: 'cut' });
    expect(server.all('listen')[1]).toEqual({ type: 'listen', streams: ['a'] });
  });
});

/** Waits until the client has heard all that the server said so far. */
async function hearsBack(client: Client, server: LogServer): Promise<void> {
  const { streams } = client;
  server.say({ type: 'streams', streams });
  await until(() => client.streams !== streams);
}

describe('a server that goes', () => {
  test('and comes back with its log is followed on', async () => {
    const first = await LogServer.start({ packets: 20 });
    const client = await join(first.url, { reconnect: { firstMs: 5, mostMs: 20 } });
    const items = client.subscribe('a', { from: 'start' });
    expect(await take(items, 20)).toEqual(upTo(20));
    const { port } = first;
    await first.stop();
    const second = await LogServer.start({ port, packets: 30, ends: true });
    expect(await take(items)).toEqual(upTo(30, 20));
    expect(second.all('subscribe').every(({ from }) => from === 20)).toBe(true);
  });

  test('and counts anew when it comes back ends the loop with ABORTED: nothing is given twice', async () => {
    const first = await LogServer.start({ packets: 20 });
    const client = await join(first.url);
    const items = client.subscribe('a', { from: 'start' });
    await take(items, 20);
    const { port } = first;
    await first.stop();
    await LogServer.start({ port, packets: 5 });
    const error = await rejection(items.next());
    expect(error).toMatchObject({ code: 'ABORTED', retryable: true });
    expect(error.what).toContain('20 came next, and it has 5 at most');
    // The session goes on.
    expect(await take(client.subscribe('a', { from: 'start' }), 5)).toEqual(upTo(5));
  });

  test('and does not close is left', async () => {
    const server = await LogServer.start({ packets: 1 });
    const client = await join(server.url);
    const items = client.subscribe('a', { from: 'start' });
    await take(items, 1);
    server.say({ type: 'goaway', timeLeftMs: 0 });
    await until(() => server.connections === 2);
    server.append(1);
    expect(await take(items, 1)).toEqual([1]);
  });

  test('silent, as behind a dead router, is noticed', async () => {
    const server = await LogServer.start({ packets: 4 });
    const proxy = await FaultProxy.open(() => server.port);
    const changes: StateChange[] = [];
    const client = await join(`ws://127.0.0.1:${proxy.port}`, {
      ...{ heartbeatMs: 100, timeoutMs: 200, onState: (change: StateChange) => changes.push(change) },
    });
    const items = client.subscribe('a', { from: 'start' });
    await take(items, 4);
    await until(() => server.all('ping').length > 0);
    proxy.freeze();
    await until(() => changes.some(({ state, error }) => state === 'waiting' && error?.code === 'CONNECTION_LOST'));
    proxy.thaw();
    await until(() => client.state === 'open');
    server.append(1);
    expect(await take(items, 1)).toEqual([4]);
  });
});

describe('an error', () => {
  test.each(['UNAUTHORIZED', 'TOKEN_EXPIRED', 'PROTOCOL_VIOLATION'])(
    'that no retry mends ends every loop: %s',
    async (code) => {
      const server = await LogServer.start({ packets: 1 });
      const client = await join(server.url);
      const items = client.subscribe('a', { from: 'start' });
      await take(items, 1);
      server.dismiss(4400, code);
      expect((await rejection(items.next())).code).toBe(code);
      expect((await rejection(client.subscribe('b').next())).code).toBe(code);
      await sleep(50);
      expect(server.connections).toBe(1);
    },
  );

  test('of the session that a retry mends is no end', async () => {
    const server = await LogServer.start({ packets: 1 });
    const client = await join(server.url);
    const items = client.subscribe('a', { from: 'start' });
    await take(items, 1);
    server.say({ type: 'error', code: 'RATE_LIMITED', message: 'Slower.', mend: 'Wait.', retryable: true });
    await until(() => server.connections === 2);
    server.append(1);
    expect(await take(items, 1)).toEqual([1]);
  });

  test('ABORTED of one stream, replaced under its name, begins it again there', async () => {
    const server = await LogServer.start({ packets: 3 });
    const client = await join(server.url);
    const items = client.subscribe('a', { from: 'start' });
    await take(items, 3);
    server.say({ ...aborted, stream: 'a' });
    server.say({ type: 'end', stream: 'a', packets: 3, frames: 3, tokens: 3 });
    await until(() => server.all('subscribe').length === 2);
    server.append(2);
    expect(await take(items, 2)).toEqual([3, 4]);
    expect(server.connections).toBe(1);
  });

  test('ABORTED of one stream that is gone stays ABORTED', async () => {
    const server = await serve([lightStream('a', { count: 1000 }), lightStream('b')]);
    const client = await join(server.url);
    const items = client.subscribe('a', { window: 2 });
    await take(items, 1);
    await server.remove('a');
    expect((await rejection(take(items))).code).toBe('ABORTED');
  });
});

const aborted = {
  type: 'error',
  code: 'ABORTED',
  message: 'It was replaced.',
  mend: 'Go on.',
  retryable: true,
} as const;
