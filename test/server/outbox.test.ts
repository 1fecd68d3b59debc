import type { AddressInfo, Socket } from 'node:net';
import { Outbox } from '#dist/server/outbox.js';
import type { ServerMessage } from '#dist/wire/control-message.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/sleep.ts';

/** Bytes that may wait before the newest of a matter does. */
const AHEAD = 256 << 10;
const MATTERS = 5;

/** An outbox, its socket, and the client at the other end. */
async function pair() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  const client = await RawClient.open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, []);
  const socket = await connected;
  onTestFinished(() => socket.terminate());
  return { socket, client, outbox: new Outbox(socket) };
}

/** A state of a matter, about a KiB long. */
function state(matter: number, epoch: number): ServerMessage {
  const reason = { code: 'INPUT_STALLED', what: '.'.repeat(1000) } as const;
  return { type: 'state', stream: String(matter), state: 'live', sinceMs: 0, epoch, failures: 0, reason };
}

/** The TCP socket below. */
const below = (client: RawClient): Socket => Reflect.get(client.socket, '_socket') as Socket;

describe('an outbox, told the newest of some matters again and again for a client that does not read,', () => {
  test('keeps little, cuts nobody, and tells the newest of each once the client reads', async () => {
    const { socket, client, outbox } = await pair();
    below(client).pause();
    const [newest, made] = [new Map<number, number>(), new Map<number, number>()];
    const rounds = 40_000;
    let most = 0;
    for (let i = 0; i < rounds; i++) {
      const matter = i % MATTERS;
      newest.set(matter, i);
      outbox.tellNewest(String(matter), () => {
        made.set(matter, (made.get(matter) ?? 0) + 1);
        return state(matter, newest.get(matter)!);
      });
      most = Math.max(most, socket.bufferedAmount);
      if (i % 100 === 0) await new Promise(setImmediate);
    }
    expect(most).toBeGreaterThan(AHEAD);
    expect(most).toBeLessThan(AHEAD + 4096);
    expect(socket.readyState).toBe(socket.OPEN);
    const sent = [...made.values()].reduce((sum, count) => sum + count, 0);
    expect(sent).toBeLessThan(rounds / 2);
    below(client).resume();
    const last = (matter: number): number | undefined =>
      client.all('state').findLast(({ stream }) => stream === String(matter))?.epoch;
    await until(() => [...newest].every(([matter, epoch]) => last(matter) === epoch));
    expect(client.all('state').length).toBeLessThanOrEqual(sent + MATTERS);
  });

  test('tells nothing of a matter of which there is nothing to tell any more', async () => {
    const { socket, client, outbox } = await pair();
    below(client).pause();
    const filler = Buffer.alloc(1 << 20);
    while (socket.bufferedAmount <= AHEAD) void outbox.send(filler);
    outbox.tellNewest('1', () => undefined);
    outbox.tellNewest('2', () => state(2, 7));
    outbox.tellNewest('2', () => state(2, 8));
    outbox.tell({ type: 'pong' });
    below(client).resume();
    await until(() => client.all('state').length > 0);
    expect(client.all('state').map(({ epoch }) => epoch)).toEqual([8]);
    // It waited, what else was said did not.
    expect(client.got.findIndex((item) => 'type' in item && item.type === 'pong')).toBeLessThan(client.got.length - 1);
  });

  test('makes nothing for a socket that is closed', async () => {
    const { socket, client, outbox } = await pair();
    below(client).pause();
    while (socket.bufferedAmount <= AHEAD) void outbox.send(Buffer.alloc(1 << 20));
    let made = 0;
    const make = (): ServerMessage => state(1, made++);
    outbox.tellNewest('1', make);
    client.socket.terminate();
    await until(() => socket.readyState === socket.CLOSED);
    outbox.tellNewest('1', make);
    await new Promise(setImmediate);
    expect(made).toBe(0);
  });
});
