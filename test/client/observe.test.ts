import { observe, observeEvents } from '#dist/client/observe.js';
import type { SubscriptionItem } from '#dist/client/subscription.js';
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/sleep.ts';
import { joinOnce } from './joining.ts';
import { LogServer } from './log-server.ts';

async function joined(packets: number, ends = true) {
  const server = await LogServer.start({ packets, ends });
  return { server, client: await joinOnce(server.url) };
}

const sequenceOf = (item: SubscriptionItem): unknown =>
  item.type === 'packet' ? item.packet.header.sequence : item.type;

test('an observed stream gives what a loop would, and completes with its end', async () => {
  const { client } = await joined(5);
  const items = await lastValueFrom(observe(client, 'a', { from: 'start', window: 2 }).pipe(toArray()));
  expect(items.map(sequenceOf)).toEqual([0, 1, 2, 3, 4, 'end']);
});

test('an observed stream is cold: nothing is asked for without a subscriber, and each one begins anew', async () => {
  const { server, client } = await joined(3);
  const observed = observe(client, 'a', { from: 'start' });
  await client.subscribe('b', { from: 'start' }).next();
  expect(server.all('subscribe').map(({ stream }) => stream)).toEqual(['b']);
  for (let i = 0; i < 2; i++) expect(await lastValueFrom(observed.pipe(toArray()))).toHaveLength(4);
});

test('who leaves an observed stream leaves it at the server, and hears nothing more', async () => {
  const { server, client } = await joined(50, false);
  const seen: unknown[] = [];
  const items = observe(client, 'a', { from: 'start' }).pipe(take(3));
  await new Promise<void>((complete) => items.subscribe({ next: (item) => seen.push(sequenceOf(item)), complete }));
  await until(() => server.all('unsubscribe').length === 1);
  expect(seen).toEqual([0, 1, 2]);
});

test('an observed stream fails as its loop would', async () => {
  const { server, client } = await joined(2, false);
  const failing = rejection(lastValueFrom(observe(client, 'a', { from: 'start' })));
  await until(() => server.all('credit').length === 1);
  server.dismiss(4401, 'TOKEN_EXPIRED');
  expect((await failing).code).toBe('TOKEN_EXPIRED');
  expect((await rejection(firstValueFrom(observe(client, 'a', { window: 0 })))).code).toBe('OPTION_INVALID');
});

test('observed events begin and end with their subscriber', async () => {
  const { server, client } = await joined(0, false);
  const first = firstValueFrom(observeEvents(client, { streams: ['b'] }));
  await until(() => server.all('listen').length === 1);
  server.say({ type: 'listening' });
  server.say({ type: 'event', stream: 'b', event: 'cut', atMs: 5, epoch: 0, sequence: 2 });
  expect(await first).toMatchObject({ event: 'cut', sequence: 2 });
  await until(() => server.all('unlisten').length === 1);
});
