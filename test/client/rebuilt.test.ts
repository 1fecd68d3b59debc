import { rebuildGrids } from '#dist/client/rebuilt.js';
import type { RebuiltItem } from '#dist/client/rebuilt.js';
import type { Begun, SubscriptionItem } from '#dist/client/subscription.js';
import type { Packet } from '#dist/media/packet.js';
import { GridRebuilder } from '#dist/view/grid-rebuilder.js';
import { decodePacket } from '#dist/wire/packet-codec.js';
import { quantize } from '#dist/wire/quantize.js';
import { describe, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { lightStream, serve } from '../support/serving.ts';
import { join } from './joining.ts';
import { LogServer, loggedPacket } from './log-server.ts';

/** Packet `sequence` with one token, its values the sequence, at the first cell of a 2×2 grid. */
function corner(sequence: number): SubscriptionItem {
  const packet = decodePacket(loggedPacket('a', 3 * sequence + 1));
  const partial: Packet = {
    ...packet,
    header: { ...packet.header, sequence },
    frames: packet.frames.map((frame) => ({ ...frame, kind: 'tree', scale: 4 })),
    tokens: quantize(new Float32Array(4).fill(sequence), 4, 'F32').bytes,
    position: Int32Array.of(1024),
  };
  return { type: 'packet', packet: partial };
}

/** Packet `sequence`, a multiple of 3: four tokens, the whole grid. */
const whole = (sequence: number): SubscriptionItem => ({
  type: 'packet',
  packet: decodePacket(loggedPacket('a', sequence)),
});
const begun: Begun = { type: 'subscribed', ladder: [1, 4], gridSide: 2 };
const gap: SubscriptionItem = { type: 'gap', stream: 'a', from: 4, to: 4, frames: 1, reason: 'slow' };

async function* told(items: readonly (SubscriptionItem | Begun)[]) {
  for (const item of items) yield await Promise.resolve(item);
}

/** Of every item: the first channel of its cells, or its type. */
async function cells(items: AsyncIterable<RebuiltItem>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const item of items) {
    seen.push(item.type === 'packet' ? [0, 4, 8, 12].map((at) => item.grid[at]) : item.type);
  }
  return seen;
}

describe('rebuilt grids', () => {
  test('hold what earlier packets told', async () => {
    expect(await cells(rebuildGrids(told([begun, whole(3), corner(9)]), true))).toEqual([
      [3, 3, 3, 3],
      [9, 3, 3, 3],
    ]);
  });

  test('begin with nothing after a gap and at a new beginning where packets tell the whole then, else they go on', async () => {
    const items = [begun, whole(3), gap, corner(9), begun, corner(10)];
    const [afresh, on] = [rebuildGrids(told(items), true), rebuildGrids(told(items), false)];
    expect(await cells(afresh)).toEqual([[3, 3, 3, 3], 'gap', [9, 0, 0, 0], [10, 0, 0, 0]]);
    expect(await cells(on)).toEqual([[3, 3, 3, 3], 'gap', [9, 3, 3, 3], [10, 3, 3, 3]]);
  });

  test('begin with nothing where the stream has another grid', async () => {
    const items = [begun, whole(3), { ...begun, gridSide: 4 }, corner(9)];
    expect(await cells(rebuildGrids(told(items), false))).toEqual([
      [3, 3, 3, 3],
      [9, 0, 0, 0],
    ]);
  });

  test('need a server that told of the stream', async () => {
    const items = [{ ...begun, gridSide: undefined }, whole(3)];
    expect((await rejection(cells(rebuildGrids(told(items), true)))).code).toBe('PROTOCOL_VIOLATION');
  });

  test('cannot be had of packets that do not fit the stream', async () => {
    const items = [{ ...begun, ladder: [1] }, whole(3)];
    expect((await rejection(cells(rebuildGrids(told(items), true)))).code).toBe('WIRE_MALFORMED');
  });
});

describe('a loop over rebuilt grids', () => {
  test('asks for whole grids where it begins, unless it is told otherwise, and goes on over a lost connection', async () => {
    const server = await LogServer.start({ packets: 6, ends: true, oldest: 2 });
    const client = await join(server.url);
    const seen: unknown[] = [];
    for await (const item of client.rebuilt('a', { from: 'start', window: 1 })) {
      seen.push(item.type === 'packet' ? item.grid[0] : item.type);
      if (seen.length === 3) server.cut();
    }
    expect(seen).toEqual(['gap', 2, 3, 4, 5, 'end']);
    expect(server.all('subscribe').map(({ from, key }) => [from, key])).toEqual([
      ['start', true],
      [expect.any(Number), true],
    ]);
    await client.rebuilt('b', { key: false }).next();
    expect(server.all('subscribe').at(-1)).toMatchObject({ stream: 'b', key: false });
  });

  test('gives the grids that a rebuilder makes of a real stream', async () => {
    const { url } = await serve([lightStream('a', { count: 12 })]);
    const client = await join(url);
    const { ladder, gridSide, channels } = client.streams[0]!;
    const rebuilder = new GridRebuilder({ ladder, gridSide, channels });
    let frames = 0;
    for await (const item of client.rebuilt('a', { from: 'start' })) {
      if (item.type !== 'packet') continue;
      const [expected] = [...rebuilder.receive(item.packet)];
      expect(item.side).toBe(expected!.side);
      expect(item.grid).toEqual(expected!.grid);
      frames++;
    }
    expect(frames).toBe(12);
  });
});
