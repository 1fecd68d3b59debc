import type { Packet, TokenDtype } from '#dist/media/packet.js';
import { makeLadder } from '#dist/scales/ladder.js';
import type { LayoutName } from '#dist/scales/layout.js';
import { positionOf } from '#dist/scales/scale-tree.js';
import { viewOf, wholeView } from '#dist/view/view-of.js';
import type { PacketView } from '#dist/view/packet-view.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { dequantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellsUnder, isAntichain } from '../support/cuts.ts';
import { thrownBy } from '../support/error-code.ts';
import { blockMeans, worst } from '../support/naive-scales.ts';
import { smallPacket } from '../support/packets.ts';
import { CHANNELS, Receiver, SIDE, anyStream, dtypes, geometry, peak, pooled, shotsOf } from './made-streams.ts';
import type { Shot } from './made-streams.ts';

const anyOptions = fc.record({
  maxScale: fc.constantFrom(undefined, 1, 9, 36, 144),
  layout: fc.constantFrom<(LayoutName | undefined)[]>(undefined, 'tree', 'uniform'),
  dtype: fc.constantFrom<(TokenDtype | undefined)[]>(undefined, ...dtypes),
});

/** How far a dtype may round the values of one token, `[channels]`. */
function rounding(token: Float32Array, dtype: TokenDtype): Float64Array {
  const most = peak(token);
  const one = (value: number): number => {
    if (dtype === 'F32') return 0;
    if (dtype === 'I8') return most / 250;
    return Math.max(2 ** -24, Math.abs(value) * (dtype === 'F16' ? 2 ** -10.9 : 2 ** -7.9));
  };
  return Float64Array.from(token, one);
}

/** Where the tokens of a packet stand. */
function positionsOf(packet: Packet, ladder: readonly number[]): number[] {
  const [frame] = packet.frames;
  if (packet.position) return [...packet.position];
  if (frame!.kind === 'hold') return [];
  const level = ladder.indexOf(frame!.scale);
  return Array.from({ length: frame!.tokens }, (_, cell) => positionOf(level, cell));
}

/**
 * Holds a view's receiver against the full one, packet by packet: the error e = Y − P X̂ becomes e − mean(e) + q wherever a
 * token is told, q being the rounding of that token alone, and stays as it is elsewhere.
 */
function expectOnlyRounding(ladder: readonly number[], shown: readonly Packet[], shots: readonly Shot[]): void {
  const receiver = new Receiver(ladder);
  const tree = makeLadder(geometry.gridSide, ladder);
  const finest = ladder.at(-1)!;
  let error = new Float64Array(finest * CHANNELS);
  let before: Float32Array = new Float32Array(finest * CHANNELS);
  for (const [i, packet] of shown.entries()) {
    const held = receiver.receive(packet);
    const target = pooled(shots[i]!.grid, finest);
    const positions = positionsOf(packet, ladder);
    const tokens = dequantize(packet.tokens, CHANNELS, packet.dtype, packet.tokenScale);
    // A hold that says nothing leaves the receiver behind by what X̂ moved.
    const expected = error.map((e, k) => (positions.length === 0 ? e + before[k]! - target[k]! : e));
    const allowed = new Float64Array(error.length).fill(5e-5 * Math.max(peak(held), peak(target), peak(before)));
    for (const [row, position] of positions.entries()) {
      const cells = cellsUnder(tree, position);
      const q = rounding(tokens.subarray(row * CHANNELS, (row + 1) * CHANNELS), packet.dtype);
      for (let c = 0; c < CHANNELS; c++) {
        const mean = cells.reduce((sum, cell) => sum + expected[cell * CHANNELS + c]!, 0) / cells.length;
        for (const cell of cells) {
          expected[cell * CHANNELS + c]! -= mean;
          allowed[cell * CHANNELS + c]! += q[c]!;
        }
      }
    }
    error = Float64Array.from(held, (value, k) => value - target[k]!);
    for (const [k, e] of error.entries()) {
      if (!(Math.abs(e - expected[k]!) <= allowed[k]!)) {
        expect.fail(`packet ${i}, value ${k}: error ${e}, expected ${expected[k]!} ± ${allowed[k]!}`);
      }
    }
    before = target;
  }
}

const showAll = (view: PacketView, shots: readonly Shot[]): Packet[] =>
  shots.map(({ packet, grid }) => view.show(packet, view.needsGrid ? grid : undefined));

describe('a view', () => {
  test("leaves its receiver with the full receiver's grid, pooled, but for the rounding of the tokens told", () => {
    fc.assert(
      fc.property(anyStream, anyOptions, (made, options) => {
        const shots = shotsOf(made);
        const view = viewOf(options, { ...geometry, dtype: made.dtype, layout: made.layout });
        if (view) expectOnlyRounding(view.ladder, showAll(view, shots), shots);
      }),
      { numRuns: 100 },
    );
  });

  test.each(dtypes)('lets nothing drift over a long stream of %s', (dtype) => {
    const shots = shotsOf({ seed: 5, frames: 800, layout: 'tree', dtype, price: 3, held: (i) => i % 3 === 1 });
    const view = viewOf({ maxScale: 36 }, geometry)!;
    const receiver = new Receiver(view.ladder);
    const errors = shots.map(({ packet, grid }) => worst(receiver.receive(view.show(packet, grid)), pooled(grid, 36)));
    const early = Math.max(...errors.slice(0, 100));
    expect(Math.max(...errors.slice(-100))).toBeLessThan(2 * early);
    const most = Math.max(...shots.map(({ grid }) => peak(grid)));
    expect(Math.max(...errors)).toBeLessThan({ F32: 1e-5, F16: 2e-3, BF16: 2e-2, I8: 2e-2 }[dtype] * most);
  });

  test('keeps sequence, pts, change and dropped frames, and gives packets that may be sent', () => {
    fc.assert(
      fc.property(anyStream, anyOptions, fc.boolean(), (made, options, values) => {
        const view = viewOf({ ...options, values }, geometry) ?? wholeView(geometry);
        for (const { packet, grid } of shotsOf(made)) {
          for (const shown of [view.show(packet, grid), view.keyPacket(packet, grid)]) {
            expect(shown.header).toEqual(packet.header);
            const { pts, change, droppedBefore } = packet.frames[0]!;
            expect(shown.frames).toEqual([expect.objectContaining({ pts, change, droppedBefore })]);
            expect(decodePacket(encodePacket(shown))).toEqual(shown);
            expect(shown.frames[0]!.scale).toBeLessThanOrEqual(view.ladder.at(-1)!);
            expect(isAntichain(makeLadder(24, view.ladder), positionsOf(shown, view.ladder))).toBe(true);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('tells no more tokens than the stream does, unless it is to be whole', () => {
    fc.assert(
      fc.property(anyStream, fc.constantFrom(1, 9, 36), (made, maxScale) => {
        const view = viewOf({ maxScale }, geometry)!;
        for (const { packet, grid } of shotsOf(made)) {
          const { tokens } = view.show(packet, grid).frames[0]!;
          expect(tokens).toBeLessThanOrEqual(Math.min(packet.frames[0]!.tokens, maxScale));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('is a function of the packet and the grid: the same bytes again, and neither is changed', () => {
    fc.assert(
      fc.property(anyStream, anyOptions, (made, options) => {
        const shots = shotsOf(made);
        const copies = structuredClone(shots);
        const views = [0, 1].map(() => viewOf(options, geometry) ?? wholeView(geometry));
        const once = shots.map(({ packet, grid }) => encodePacket(views[0]!.show(packet, grid)));
        const again = copies.map(({ packet, grid }) => encodePacket(views[1]!.show(packet, grid))).reverse();
        expect(again.reverse()).toEqual(once);
        expect(shots).toEqual(copies);
        expect(views[0]!.key).toBe(views[1]!.key);
      }),
      { numRuns: 40 },
    );
  });

  test('gives the packet itself where nothing changes', () => {
    const [{ packet, grid }] = shotsOf({ seed: 1, frames: 1, layout: 'tree', dtype: 'F16', price: 1e9 }) as [Shot];
    expect(viewOf({ maxScale: 36 }, geometry)!.show(packet, grid)).toBe(packet);
    expect(viewOf({ dtype: 'F16' }, geometry)!.show(packet, undefined)).toBe(packet);
  });
});

describe('a uniform stream', () => {
  const stream = { seed: 3, frames: 6, layout: 'uniform', dtype: 'F16', price: 0.1 } as const;

  test.each([1, 9, 36])('is pooled to %i tokens from each packet alone', (maxScale) => {
    const view = viewOf({ maxScale }, { ...geometry, layout: 'uniform' })!;
    expect(view.needsGrid).toBe(false);
    for (const { packet } of shotsOf(stream)) {
      const shown = view.show(packet, undefined);
      const [frame] = packet.frames;
      const tokens = Math.min(maxScale, frame!.scale);
      expect(shown.frames[0]).toMatchObject({ kind: 'uniform', scale: tokens, tokens });
      const own = dequantize(packet.tokens, CHANNELS, 'F16');
      const means = blockMeans(own, Math.sqrt(frame!.scale), Math.sqrt(tokens), CHANNELS);
      const got = dequantize(shown.tokens, CHANNELS, 'F16');
      expect(worst(got, means)).toBeLessThan(2 ** -10 * peak(own));
    }
  });
});

describe('a tree shown whole', () => {
  const view = viewOf({ layout: 'uniform', maxScale: 36 }, { ...geometry, layout: 'tree' })!;
  const shots = shotsOf({ seed: 4, frames: 30, layout: 'tree', dtype: 'F32', price: 1, held: (i) => i % 2 === 1 });

  test('tells the grid at the finest scale that the frame tells of, without positions', () => {
    for (const { packet, grid } of shots.filter((shot) => shot.packet.frames[0]!.kind === 'tree')) {
      const shown = view.show(packet, grid);
      const tokens = Math.min(36, packet.frames[0]!.scale);
      expect(shown.frames[0]).toMatchObject({ kind: 'uniform', scale: tokens, tokens });
      expect(shown.position).toBeUndefined();
      const means = blockMeans(grid, SIDE, Math.sqrt(tokens), CHANNELS);
      expect(worst(dequantize(shown.tokens, CHANNELS, 'F32'), means)).toBeLessThan(1e-5 * peak(grid));
    }
  });

  test('keeps a hold at one token that says nothing, also where it told of a detail', () => {
    for (const { packet, grid } of shots.filter((shot) => shot.packet.frames[0]!.kind === 'hold')) {
      const shown = view.show(packet, grid);
      expect(shown.frames[0]).toMatchObject({ kind: 'hold', scale: 1, tokens: 1 });
      expect(shown.position).toBeUndefined();
      const mean = blockMeans(grid, SIDE, 1, CHANNELS);
      expect(worst(dequantize(shown.tokens, CHANNELS, 'F32'), mean)).toBeLessThan(1e-5 * peak(grid));
    }
  });
});

describe('a key packet', () => {
  const start = fc.nat(15);

  test('puts who starts with it where those are who were there before: the same bits in F32', () => {
    fc.assert(
      fc.property(anyStream, start, (made, from) => {
        const shots = shotsOf({ ...made, dtype: 'F32' });
        const first = from % shots.length;
        const [before, fresh] = [new Receiver(geometry.ladder), new Receiver(geometry.ladder)];
        for (const { packet } of shots.slice(0, first)) before.receive(packet);
        const { packet, grid } = shots[first]!;
        expect(fresh.receive(wholeView(geometry).keyPacket(packet, grid))).toEqual(before.receive(packet));
        for (const later of shots.slice(first + 1)) {
          expect(fresh.receive(later.packet)).toEqual(before.receive(later.packet));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('puts it there but for the rounding of its tokens in any view', () => {
    fc.assert(
      fc.property(anyStream, anyOptions, start, (made, options, from) => {
        const shots = shotsOf(made);
        const view = viewOf(options, geometry) ?? wholeView(geometry);
        const [key, ...later] = shots.slice(from % shots.length) as [Shot, ...Shot[]];
        const shown = [view.keyPacket(key.packet, key.grid), ...showAll(view, later)];
        expect(shown[0]!.frames[0]).toMatchObject({ kind: 'uniform', scale: view.ladder.at(-1) });
        expectOnlyRounding(view.ladder, shown, [key, ...later]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a view without values', () => {
  test('tells what each frame is, and needs no grid', () => {
    fc.assert(
      fc.property(anyStream, anyOptions, (made, options) => {
        const view = viewOf({ ...options, values: false }, geometry)!;
        const full = viewOf(options, geometry) ?? wholeView(geometry);
        expect(view.needsGrid).toBe(false);
        for (const { packet, grid } of shotsOf(made)) {
          const shown = view.show(packet, undefined);
          const { frames, position } = full.show(packet, grid);
          expect(shown).toMatchObject({ frames, channels: 0, tokens: new Uint8Array(0) });
          expect(shown.position).toEqual(position);
          expect(shown.tokenScale).toBeUndefined();
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a packet that is not of the stream', () => {
  const view = viewOf({ maxScale: 1 }, { ...geometry, channels: 2 })!;
  const frame = smallPacket().frames[0]!;

  test.each<[string, Packet, RegExp]>([
    ['has two frames', smallPacket({ frames: [frame, frame] }), /2 frames/],
    ['has other channels', smallPacket({ channels: 3 }), /3 channels instead of 2/],
    ['has another scale', smallPacket({ frames: [{ ...frame, scale: 4, tokens: 4 }] }), /uniform at 4 tokens/],
    ['refines', smallPacket({ frames: [{ ...frame, kind: 'refine' }] }), /kind refine/],
    ['has a position past its level', smallPacket({ position: Int32Array.of(1024 + 9) }), /position 1033/],
    ['has a negative position', smallPacket({ position: Int32Array.of(-1) }), /position -1/],
  ])('is refused where it %s', (_, packet, what) => {
    const error = thrownBy(() => view.show(packet, undefined));
    expect(error.code).toBe('WIRE_MALFORMED');
    expect(error.what).toMatch(what);
  });

  test('is not shown from a grid of another size, nor from none', () => {
    const shown = smallPacket({ position: Int32Array.of(2048) });
    expect(() => view.show(shown, undefined)).toThrow(RangeError);
    expect(() => view.show(shown, new Float32Array(7))).toThrow(RangeError);
  });
});
