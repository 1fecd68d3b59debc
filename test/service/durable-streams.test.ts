import { copyFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '#dist/client/client.js';
import type { SubscriptionItem } from '#dist/client/subscription.js';
import { describe, expect, test } from 'vitest';
import { clip } from '../support/clips.ts';
import { LiveService, collect } from '../support/live-service.ts';
import type { Source } from '../support/live-service.ts';
import { until } from '../support/sleep.ts';

/** What a subscriber from a place gets, to the end of the stream. */
async function read(client: Client, stream: string, from: 'start' | number = 'start'): Promise<SubscriptionItem[]> {
  const items: SubscriptionItem[] = [];
  for await (const item of client.subscribe(stream, { from })) items.push(item);
  return items;
}

/** Stops a service as an operator does. */
async function stop({ process }: LiveService): Promise<void> {
  process.child.kill('SIGTERM');
  await process.ended();
}

async function restarted(service: LiveService, sources: readonly Source[]): Promise<LiveService> {
  return LiveService.start(sources, {}, service);
}

/** A camera that never ends, in real time. */
const camera = { name: 'cam', input: 'lavfi:testsrc2=size=160x120:rate=25,realtime', live: true };

describe('a file that was read to its end', () => {
  test('is served again by a server that was restarted, the same to the byte, without being read', async () => {
    const sources = [{ name: 'file', input: await clip('constant') }];
    const service = await LiveService.start(sources);
    const first = await read(await service.client(), 'file');
    expect(first).toHaveLength(61);
    await stop(service);

    const again = await restarted(service, sources);
    expect(await read(await again.client(), 'file')).toEqual(first);
    expect(await read(await again.client(), 'file', 40)).toEqual(first.slice(40));
    expect(again.log.some(({ msg }) => msg === 'source opened')).toBe(false);
    await again.reaches('file', 'ended');
    await stop(again);

    // With other options its packets are others.
    const other = await restarted(service, [{ ...sources[0]!, policy: 'fixed:9' }]);
    const items = await read(await other.client(), 'file');
    expect(items[0]).toMatchObject({ type: 'gap', from: 0, to: 59, reason: 'expired' });
    const packets = items.flatMap((item) => (item.type === 'packet' ? [item.packet.header] : []));
    expect(packets.map(({ sequence, epoch }) => [sequence, epoch])).toEqual(packets.map((_, i) => [60 + i, 1]));
  });

  test('is read anew where it has changed', async () => {
    const first = await LiveService.start([{ name: 'file', input: await clip('constant') }]);
    const input = join(first.folder, 'own.mp4');
    await copyFile(await clip('constant'), input);
    await stop(first);
    const second = await restarted(first, [{ name: 'own', input }]);
    expect(await read(await second.client(), 'own')).toHaveLength(61);
    await stop(second);
    await utimes(input, new Date(0), new Date(0));
    const third = await restarted(first, [{ name: 'own', input }]);
    const items = await read(await third.client(), 'own');
    expect(items).toHaveLength(62);
    expect(third.log.some(({ msg }) => msg === 'source opened')).toBe(true);
  });
});

describe('a camera', () => {
  test('goes on with its sequence and a new epoch after kill -9, and what was received is still there', async () => {
    const service = await LiveService.start([camera]);
    const before = collect(await service.client(), 'cam');
    await until(() => before.length > 30);
    service.process.child.kill('SIGKILL');
    await service.process.ended();

    const again = await restarted(service, [camera]);
    const after = collect(await again.client(), 'cam');
    await until(() => after.some(({ header }) => header.epoch === 1));
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.map(({ header }) => header.sequence)).toEqual(after.map((_, i) => i));
  });

  test('acknowledges what is on the disk', async () => {
    const service = await LiveService.start([camera]);
    const client = await service.client();
    expect(client.streams).toMatchObject([{ name: 'cam', durable: true }]);
    const packets = collect(client, 'cam');
    await until(() => packets.length > 5);
    client.ack('cam', 3);
    await until(() => (client.durableUntil('cam') ?? -1) >= 3);
  });

  test('starts afresh where another encoder or other scales make its packets', async () => {
    const service = await LiveService.start([camera]);
    const before = collect(await service.client(), 'cam');
    await until(() => before.length > 10);
    await stop(service);
    const again = await restarted(service, [{ ...camera, ladder: [1, 9] }]);
    const after = collect(await again.client(), 'cam');
    await until(() => after.length > 5);
    expect(after[0]!.header.sequence).toBeGreaterThanOrEqual(before.length);
    expect(after[0]!.header.epoch).toBe(1);
  });
});

test('a second server on the same folder is refused, and the first one does not notice', async () => {
  const service = await LiveService.start([camera]);
  await expect(restarted(service, [camera])).rejects.toThrow(/LOG_IN_USE/);
  const packets = collect(await service.client(), 'cam');
  const { length } = packets;
  await until(() => packets.length > length + 5);
});
