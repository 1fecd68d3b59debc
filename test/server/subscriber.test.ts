import { GridRebuilder } from '#dist/client/index.js';
import type { Packet } from '#dist/media/packet.js';
import { LogStore } from '#dist/log/log-store.js';
import { pool } from '#dist/scales/pool.js';
import { decodePacket } from '#dist/wire/packet-codec.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { scenery, withBox } from '../support/picture.ts';
import { RawClient } from '../support/raw-client.ts';
import { lightStream, serve } from '../support/serving.ts';
import type { LightStream } from '../support/serving.ts';
import { until } from '../support/sleep.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';
import { readAll } from './read-all.ts';

const LADDER = [1, 9, 36, 144];

/** A scene with a box that wanders through it, told as cuts of the tree. */
function treeStream(name: string, count = 40, live = false, kept?: number): LightStream {
  const ground = scenery(96, 3);
  const paint = (i: number) =>
    withBox(ground, { x: (i * 5) % 80, y: (i * 3) % 80, width: 12, height: 12 }, [250, 30, 30]);
  return lightStream(
    name,
    { count, paint, live, everyMs: live ? 2 : 0 },
    { options: { policy: 'fidelity', layout: 'tree', price: 0.01, dtype: 'F32' }, ...(kept !== undefined && { kept }) },
  );
}

const tokensOf = (packet: Packet): number => packet.frames.reduce((sum, frame) => sum + frame.tokens, 0);

/** The grid after each packet, `[side², 3]`. */
function grids(packets: readonly Packet[], ladder: readonly number[]): Float32Array[] {
  const rebuilder = new GridRebuilder({ ladder, gridSide: 24, channels: 3 });
  return packets.flatMap((packet) => [...rebuilder.receive(packet)].map(({ grid }) => grid.slice()));
}

function furthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('a subscriber that asks for a scale', () => {
  test('gets each frame at that scale or a coarser one, and holds the means of what others hold', async () => {
    const { url } = await serve([treeStream('a')]);
    const whole = await readAll(url);
    expect(Math.max(...whole.packets.map(tokensOf))).toBeGreaterThan(9);
    for (const maxScale of [1, 9, 36]) {
      const { client, packets } = await readAll(url, { maxScale });
      const ladder = LADDER.slice(0, LADDER.indexOf(maxScale) + 1);
      expect(client.all('subscribed')).toEqual([{ type: 'subscribed', stream: 'a', next: 0, ladder }]);
      expect(packets.map(({ header }) => header)).toEqual(whole.packets.map(({ header }) => header));
      expect(Math.max(...packets.map(tokensOf))).toBeLessThanOrEqual(maxScale);
      const seen = grids(packets, ladder);
      const side = Math.sqrt(maxScale);
      for (const [i, grid] of grids(whole.packets, LADDER).entries()) {
        const means = pool(grid, 12, side, 3, new Float32Array(maxScale * 3));
        expect(furthest(seen[i]!, means)).toBeLessThan(0.01);
      }
    }
  });

  test('gets the same bytes as everybody who asks for the same, whenever and from wherever', async () => {
    const { url } = await serve([treeStream('a', 300)]);
    const asked = { maxScale: 9, dtype: 'F16' };
    const first = (await readAll(url, asked)).client.packets;
    const second = (await readAll(url, asked)).client.packets;
    const late = (await readAll(url, { ...asked, from: 271 })).client.packets;
    expect(second).toEqual(first);
    expect(late).toEqual(first.slice(271));
  });

  test('gets them from the oldest packet on where the packets before it, on which it builds, are gone', async () => {
    const { url } = await serve([treeStream('a', 700, false, 300)]);
    const whole = (await readAll(url, { maxScale: 9 })).client.packets;
    expect(whole).toHaveLength(700);
    const { client } = await readAll(url, { maxScale: 9 });
    expect(client.all('gap')).toMatchObject([{ from: 0, to: 399, reason: 'expired' }]);
    expect(client.packets).toEqual(whole.slice(400));
  });

  test('is told where the stream has no such scale, and the session goes on', async () => {
    const { url } = await serve([treeStream('a')]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', maxScale: 7 });
    expect(await client.first('error')).toMatchObject({ code: 'OPTION_INVALID', stream: 'a' });
    expect((await readAll(url)).packets).toHaveLength(40);
    await client.caughtUp();
  });
});

describe('a subscriber', () => {
  test('gets whole frames, another number format, or no values, as it asks', async () => {
    const { url } = await serve([treeStream('a')]);
    const whole = await readAll(url, { layout: 'uniform', dtype: 'I8' });
    expect(whole.packets.every(({ dtype, position }) => dtype === 'I8' && position === undefined)).toBe(true);
    expect(whole.packets.every(({ frames }) => frames.every(({ kind }) => kind !== 'tree'))).toBe(true);
    const facts = await readAll(url, { values: false });
    const tree = await readAll(url);
    expect(facts.packets.map(({ frames, position }) => ({ frames, position }))).toEqual(
      tree.packets.map(({ frames, position }) => ({ frames, position })),
    );
    expect(facts.packets.every(({ tokens, channels }) => tokens.byteLength === 0 && channels === 0)).toBe(true);
  });

  test('never gets more tokens than its ceiling lets it have', async () => {
    const { url } = await serve([treeStream('a', 200)]);
    const { packets } = await readAll(url, { tokensPerSecond: 100 });
    const free = await readAll(url);
    const sum = (list: readonly Packet[]): number => list.reduce((tokens, packet) => tokens + tokensOf(packet), 0);
    // 200 frames are 8 seconds; a frame costs one token at least, and two seconds may be saved up.
    expect(sum(packets)).toBeLessThanOrEqual(100 * (8 + 2) + 200);
    expect(sum(free.packets)).toBeGreaterThan(1.5 * sum(packets));
    expect(packets).toHaveLength(200);
  });

  test('that joins with a key packet holds what those hold that were there from the start', async () => {
    const { url } = await serve([treeStream('a', 60)]);
    const whole = grids((await readAll(url)).packets, LADDER);
    for (const from of [1, 17, 59]) {
      const { packets } = await readAll(url, { from, key: true });
      expect(packets[0]).toMatchObject({ header: { sequence: from }, frames: [{ kind: 'uniform', scale: 144 }] });
      expect(grids(packets, LADDER)).toEqual(whole.slice(from));
    }
  });

  test('is sent packets while it has credit of every kind that it ever granted', async () => {
    const { url } = await serve([treeStream('a', 60)]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', from: 'start' });
    client.say({ type: 'credit', stream: 'a', tokens: 1 });
    await client.receives(1);
    await client.caughtUp();
    // The first frame is more than one token: the next ones wait until that is paid.
    expect(client.packets).toHaveLength(1);
    const paid = tokensOf(decodePacket(client.packets[0]!)) - 1;
    client.say({ type: 'credit', stream: 'a', tokens: paid });
    await client.caughtUp();
    expect(client.packets).toHaveLength(1);
    client.say({ type: 'credit', stream: 'a', tokens: 1 });
    await client.receives(2);
    client.say({ type: 'credit', stream: 'a', tokens: 1_000_000, packets: 3, bytes: 1_000_000 });
    await client.receives(5);
    await client.caughtUp();
    expect(client.packets).toHaveLength(5);
    client.say({ type: 'credit', stream: 'a', packets: 100 });
    await client.first('end');
    expect(client.packets).toHaveLength(60);
  });

  test('begins at the first packet of a time', async () => {
    const { url } = await serve([treeStream('a')]);
    await readAll(url);
    expect((await readAll(url, { from: { atMs: 0 } })).packets).toHaveLength(40);
    const later = await RawClient.open(url);
    later.say({ type: 'subscribe', stream: 'a', from: { atMs: Date.now() + 60_000 } });
    expect(await later.first('subscribed')).toMatchObject({ next: 40 });
  });
});

describe('a subscriber of a camera that falls behind', () => {
  test('gets coarser scales first, and is told; then finer ones again', async () => {
    const camera = treeStream('a', Infinity, true);
    const { url } = await serve([camera]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', from: 'live' });
    client.say({ type: 'credit', stream: 'a', packets: 1 });
    await client.receives(1);
    const stuckAt = camera.stream.log.next;
    await until(() => camera.stream.log.next > stuckAt + 140);
    client.say({ type: 'credit', stream: 'a', packets: 1 });
    await client.receives(2);
    expect(client.all('demoted')).toMatchObject([{ stream: 'a', reason: 'behind', maxScale: 1 }]);
    expect(tokensOf(decodePacket(client.packets[1]!))).toBe(1);
    client.say({ type: 'credit', stream: 'a', packets: 1_000_000 });
    await until(() => client.all('demoted').length === 2);
    expect(client.all('demoted')[1]).toMatchObject({ reason: 'restored', maxScale: 144 });
    expect(client.all('gap')).toEqual([]);
    // What it was told too coarsely it is told again: in the end it holds what the camera's own receiver holds.
    await camera.stream.close();
    await client.first('end');
    const packets = client.packets.map((bytes) => decodePacket(bytes));
    expect(packets.map(({ header }) => header.sequence)).toEqual(
      packets.map((_, i) => packets[0]!.header.sequence + i),
    );
  });

  test('misses the oldest packets where it wants no more than a few to wait, and is told which', async () => {
    const camera = treeStream('a', Infinity, true);
    const { url } = await serve([camera]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', from: 'live', maxLag: 5 });
    client.say({ type: 'credit', stream: 'a', packets: 1 });
    await client.receives(1);
    const first = decodePacket(client.packets[0]!).header.sequence;
    await until(() => camera.stream.log.next > first + 50);
    client.say({ type: 'credit', stream: 'a', packets: 1 });
    const gap = await client.first('gap');
    await client.receives(2);
    expect(gap).toMatchObject({ from: first + 1, reason: 'slow', frames: gap.to - first });
    expect(decodePacket(client.packets[1]!).header.sequence).toBe(gap.to + 1);
  });

  test('is not behind while it reads what was kept before it came', async () => {
    const camera = treeStream('a', Infinity, true);
    const { url } = await serve([camera]);
    await until(() => camera.stream.log.next > 100);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', from: 'start' });
    client.say({ type: 'credit', stream: 'a', packets: 50 });
    await client.receives(50);
    expect(client.all('demoted')).toEqual([]);
  });
});

describe('a subscriber that acknowledges', () => {
  test('hears how far the disk is, once there is something on it, and nothing where no disk is involved', async () => {
    const dir = await temporaryFolder({});
    const store = await LogStore.open({ dir, keep: { bytes: 1 << 30, ageS: 3600, packets: 1000 } });
    onTestFinished(() => store.close());
    const kept = lightStream('kept', { count: 20 }, { log: store.log('kept') });
    const { url } = await serve([kept, lightStream('passing', { count: 20 })]);
    const client = await RawClient.open(url);
    for (const stream of ['kept', 'passing']) client.say({ type: 'ack', stream, sequence: 3 });
    await client.caughtUp();
    expect(client.all('acked')).toEqual([]);
    for (const stream of ['kept', 'passing']) {
      client.say({ type: 'subscribe', stream, from: 'start' });
      client.say({ type: 'credit', stream, packets: 100 });
    }
    await until(() => client.all('end').length === 2);
    client.say({ type: 'ack', stream: 'passing', sequence: 3 });
    client.say({ type: 'ack', stream: 'kept', sequence: 3 });
    client.say({ type: 'ack', stream: 'kept', sequence: 1000 });
    await until(() => client.all('acked').length === 2);
    expect(client.all('acked').map(({ stream, sequence }) => [stream, sequence])).toEqual([
      ['kept', 3],
      ['kept', 19],
    ]);
  });
});
