import type { QueryRelevance } from '#dist/media/query-reader.js';
import type { Packet } from '#dist/media/packet.js';
import { blockMean } from '#dist/scales/pool.js';
import { cutAround, keptCells } from '#dist/scales/query-cut.js';
import { cellOf, levelOf, positionOf } from '#dist/scales/scale-tree.js';
import type { QueryView } from '#dist/view/query-view.js';
import { Throttle } from '#dist/view/throttle.js';
import { viewOf } from '#dist/view/view-of.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellsUnder, isAntichain } from '../support/cuts.ts';
import { codeOf } from '../support/error-code.ts';
import { CHANNELS, Receiver, SIDE, anyStream, geometry, ladder, peak, shotsOf } from './made-streams.ts';
import type { MadeStream, Shot } from './made-streams.ts';

const CELLS = SIDE ** 2;
const tokensOf = (packet: Packet): number => packet.frames[0]!.tokens;

/** A question about one channel; sharp, so that a few cells have to do with it, others in every frame. */
const about = (channel: number): QueryRelevance => ({
  text: `channel ${channel}`,
  relevance: (grid) =>
    Array.from({ length: CELLS }, (_, cell) => Math.exp((2 * grid[cell * CHANNELS + channel]!) / 10 ** (channel - 1))),
});
/** A question about nine cells, whatever they hold. */
const corner: QueryRelevance = {
  text: 'corner',
  relevance: () =>
    Array.from({ length: CELLS }, (_, cell) => (cell % SIDE < 3 && cell < 3 * SIDE ? 1e3 : 0) + cell / CELLS),
};
const viewFor = (channel: number, options: object = {}): QueryView =>
  viewOf({ query: about(channel), ...options }, geometry) as QueryView;

const cutFor = (grid: Float32Array, query: QueryRelevance): Uint8Array =>
  cutAround(ladder, keptCells(grid, CHANNELS, query));
const cutOf = (grid: Float32Array, channel: number, finest = 3): Uint8Array =>
  cutFor(grid, about(channel)).map((level) => Math.min(level, finest));

/** Largest difference between two grids' means over the blocks of a cut. */
function apartOnCut(cut: Uint8Array, held: Float32Array, grid: Float32Array, side = SIDE): number {
  let worst = 0;
  const [a, b] = [new Float32Array(CHANNELS), new Float32Array(CHANNELS)];
  for (const [cell, level] of cut.entries()) {
    const own = ladder.scales[level]!.side;
    const block = SIDE / own;
    const at = Math.floor(Math.floor(cell / SIDE) / block) * own + Math.floor((cell % SIDE) / block);
    blockMean(held, side, own, at, CHANNELS, a, 0);
    blockMean(grid, SIDE, own, at, CHANNELS, b, 0);
    for (let c = 0; c < CHANNELS; c++) worst = Math.max(worst, Math.abs(a[c]! - b[c]!));
  }
  return worst;
}

const shownBy = (view: QueryView, shots: readonly Shot[]): Packet[] =>
  shots.map(({ packet, grid }) => view.show(packet, grid));

describe('a view with a query', () => {
  test('leaves its receiver with the right means along the cut, and the right cells in it, after every packet', () => {
    fc.assert(
      fc.property(anyStream, fc.constantFrom(9, 36, 144), (given, maxScale) => {
        const made = { ...given, dtype: 'F32' } as const;
        const view = viewFor(1, { maxScale });
        const receiver = new Receiver(view.ladder);
        const finest = view.ladder.length - 1;
        for (const { packet, grid } of shotsOf(made)) {
          const held = receiver.receive(view.show(packet, grid));
          const apart = apartOnCut(cutOf(grid, 1, finest), held, grid, Math.sqrt(maxScale));
          // A hold of a uniform stream says nothing, and nothing has changed.
          expect(apart).toBeLessThan(1e-4 * Math.max(1, peak(grid)));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('gives packets that may be sent, each a cut of the tree, with every other fact as it was', () => {
    fc.assert(
      fc.property(anyStream, (made) => {
        const view = viewFor(0);
        for (const { packet, grid } of shotsOf(made)) {
          const shown = view.show(packet, grid);
          expect(decodePacket(encodePacket(shown))).toEqual(shown);
          if (shown.position) expect(isAntichain(ladder, shown.position)).toBe(true);
          expect(shown.header).toEqual(packet.header);
          const { pts, change, droppedBefore } = packet.frames[0]!;
          expect(shown.frames[0]).toMatchObject({ pts, change, droppedBefore });
        }
      }),
      { numRuns: 40 },
    );
  });

  test('tells fewer tokens of whole frames, fine where the question is about', () => {
    const shots = shotsOf({ seed: 4, frames: 12, layout: 'uniform', dtype: 'F16', price: 0.01, noise: 0.1 });
    const shown = shownBy(viewOf({ query: corner }, geometry) as QueryView, shots);
    const sum = (packets: readonly Packet[]): number => packets.reduce((all, packet) => all + tokensOf(packet), 0);
    expect(sum(shots.map(({ packet }) => packet))).toBe(12 * CELLS);
    expect(sum(shown)).toBeLessThan(0.6 * 12 * CELLS);
    for (const { position } of shown) {
      const fine = [...position!].filter((at) => levelOf(at) === 3).map(cellOf);
      expect(fine).toEqual(expect.arrayContaining([0, 1, 2, 12, 13, 14, 24, 25, 26]));
    }
  });

  test('tells of a detail inside a coarse block only the mean of the block, and of others nothing', () => {
    const [{ packet, grid }] = shotsOf({ seed: 4, frames: 1, layout: 'uniform', dtype: 'F16', price: 0.01 }) as [Shot];
    const view = viewOf({ query: corner }, geometry) as QueryView;
    view.show(packet, grid);
    const coarse = cutFor(grid, corner).findIndex((level) => level < 3);
    const detail: Packet = {
      ...packet,
      header: { ...packet.header, sequence: 1 },
      frames: [{ ...packet.frames[0]!, kind: 'tree', scale: 144, tokens: 1 }],
      tokens: packet.tokens.slice(0, CHANNELS * 2),
      position: Int32Array.of(positionOf(3, coarse)),
    };
    const shown = view.show(detail, grid);
    expect(shown.position).toHaveLength(1);
    const [position] = shown.position!;
    expect(levelOf(position!)).toBe(cutFor(grid, corner)[coarse]);
    expect(cellsUnder(ladder, position!)).toContain(coarse);
  });

  test('gives the same bytes wherever it begins, once it was told what was held before', () => {
    fc.assert(
      fc.property(anyStream, fc.integer({ min: 1, max: 14 }), (made, from) => {
        const shots = shotsOf({ ...made, frames: 16 });
        const whole = shownBy(viewFor(3), shots);
        const late = viewFor(3);
        expect(late.follows(shots[from]!.packet)).toBe(false);
        late.follow(shots[from]!.packet, shots[from - 1]!.grid);
        expect(late.follows(shots[from]!.packet)).toBe(true);
        expect(shownBy(late, shots.slice(from))).toEqual(whole.slice(from));
      }),
      { numRuns: 20 },
    );
  });

  test('has a key packet that tells the cut whole, whatever its receiver held', () => {
    fc.assert(
      fc.property(anyStream, (given) => {
        const shots = shotsOf({ ...given, frames: 8, dtype: 'F32' });
        const view = viewFor(1);
        const receiver = new Receiver(view.ladder);
        for (const [i, { packet, grid }] of shots.entries()) {
          if (i < 4) continue;
          const held = receiver.receive(i === 4 ? view.keyPacket(packet, grid) : view.show(packet, grid));
          expect(apartOnCut(cutOf(grid, 1), held, grid)).toBeLessThan(1e-4 * Math.max(1, peak(grid)));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('starts anew with an epoch', () => {
    const shots = shotsOf({ seed: 5, frames: 6, layout: 'uniform', dtype: 'F32', price: 0.05, noise: 1 });
    const moved = shots.map(({ packet, grid }, i) => ({
      grid,
      packet: { ...packet, header: { ...packet.header, sequence: i + 6, epoch: 1 } },
    }));
    const view = viewFor(0);
    shownBy(view, shots);
    const strip = (packets: readonly Packet[]): object[] => packets.map((packet) => ({ ...packet, header: undefined }));
    expect(strip(shownBy(view, moved))).toEqual(strip(shownBy(viewFor(0), shots)));
  });

  test('has a key of its own for each question, and those of other views stay as they are', () => {
    const keys = [viewFor(0).key, viewFor(1).key, viewFor(1, { dtype: 'I8' }).key];
    expect(new Set(keys).size).toBe(3);
    expect(viewOf({ maxScale: 9 }, geometry)?.key).toBe('9/as-is/as-is/true');
    expect(viewFor(0).needsGrid).toBe(true);
  });

  test('tells the same places without values', () => {
    const shots = shotsOf({ seed: 6, frames: 6, layout: 'tree', dtype: 'F16', price: 0.05, noise: 1 });
    const shown = shownBy(viewFor(1), shots);
    const bare = shownBy(viewFor(1, { values: false }), shots);
    expect(bare.map(({ frames, position }) => ({ frames, position }))).toEqual(
      shown.map(({ frames, position }) => ({ frames, position })),
    );
    expect(bare.every(({ tokens, channels }) => tokens.length === 0 && channels === 0)).toBe(true);
  });

  test('cannot be of whole frames', () => {
    expect(codeOf(() => viewFor(0, { layout: 'uniform' }))).toBe('OPTION_INVALID');
  });
});

describe('a throttle on a view with a query', () => {
  /** A block that was told too coarsely lies inside one that the question wants coarse when it changes. */
  const tooCoarse: MadeStream = {
    ...{ seed: 1419782960, frames: 13, layout: 'tree', dtype: 'F32', price: 30.256, noise: 0, cutEvery: 5 },
    held: (index) => index % 3 === 2,
  };
  const rate = fc.record({
    tokensPerSecond: fc.double({ min: 0.5, max: 500, noNaN: true }),
    burstS: fc.double({ min: 0.1, max: 4, noNaN: true }),
  });

  test('gives what the view gives where nothing is in the way', () => {
    fc.assert(
      fc.property(anyStream, (made) => {
        const [view, same] = [viewFor(2), viewFor(2)];
        const throttle = new Throttle(same, { tokensPerSecond: 1e6 });
        for (const [i, { packet, grid }] of shotsOf(made).entries()) {
          if (i === 3) expect(throttle.keyPacket(packet, grid)).toEqual(view.keyPacket(packet, grid));
          else expect(throttle.show(packet, grid)).toEqual(view.show(packet, grid));
          expect(throttle.owed).toBe(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('keeps within the ceiling, each frame a cut, and with nothing owed the means along the cut are right', () => {
    fc.assert(
      fc.property(anyStream, rate, fc.boolean(), (given, limits, keyed) => {
        const made = { ...given, dtype: 'F32' } as const;
        const throttle = new Throttle(viewFor(1), limits);
        const receiver = new Receiver(geometry.ladder);
        let tokens = 0;
        for (const [i, { packet, grid }] of shotsOf(made).entries()) {
          const shown = keyed && i === 0 ? throttle.keyPacket(packet, grid) : throttle.show(packet, grid);
          const held = receiver.receive(shown);
          if (shown.position) expect(isAntichain(ladder, shown.position)).toBe(true);
          if (tokensOf(shown) > 1) tokens += tokensOf(shown);
          expect(tokens).toBeLessThanOrEqual(limits.tokensPerSecond * (i * 0.25 + limits.burstS) + 1e-6);
          if (throttle.owed > 0) continue;
          expect(apartOnCut(cutOf(grid, 1), held, grid)).toBeLessThan(1e-4 * Math.max(1, peak(grid)));
        }
      }),
      { numRuns: 300, examples: [[tooCoarse, { tokensPerSecond: 89.3, burstS: 0.157 }, false]] },
    );
  });

  test('owes only what the question wants, and pays it when there is time', () => {
    const made = { seed: 8, frames: 160, dtype: 'F32', price: 0.01, held: (i: number) => i >= 4 } as const;
    for (const layout of ['uniform', 'tree'] as const) {
      const shots = shotsOf({ ...made, layout });
      const throttle = new Throttle(viewOf({ query: corner }, geometry)!, { tokensPerSecond: 30, burstS: 1 });
      const receiver = new Receiver(geometry.ladder);
      const [first, ...rest] = shots as [Shot, ...Shot[]];
      const sent = [throttle.keyPacket(first.packet, first.grid)];
      expect(throttle.owed).toBeGreaterThan(0);
      for (const { packet, grid } of rest) sent.push(throttle.show(packet, grid));
      const held = sent.map((packet) => receiver.receive(packet)).at(-1)!;
      const { grid } = shots.at(-1)!;
      expect(throttle.owed).toBe(0);
      expect(apartOnCut(cutFor(grid, corner), held, grid)).toBeLessThan(1e-4 * peak(grid));
    }
  });
});
