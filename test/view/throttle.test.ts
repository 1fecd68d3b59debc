import type { Packet } from '#dist/media/packet.js';
import { seconds } from '#dist/media/timebase.js';
import { positionOf } from '#dist/scales/scale-tree.js';
import { Throttle } from '#dist/view/throttle.js';
import { viewOf, wholeView } from '#dist/view/view-of.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { quantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAntichain } from '../support/cuts.ts';
import { worst } from '../support/naive-scales.ts';
import { CHANNELS, Receiver, anyStream, geometry, ladder, layouts, peak, pooled, shotsOf } from './made-streams.ts';
import type { MadeStream, Shot } from './made-streams.ts';

const tokensOf = (packet: Packet): number => packet.frames[0]!.tokens;
const viewTo = (maxScale: number) => viewOf({ maxScale }, geometry) ?? wholeView(geometry);
const anyScale = fc.constantFrom(1, 9, 36, 144);
const anyRate = fc.record({
  tokensPerSecond: fc.double({ min: 0.5, max: 3000, noNaN: true }),
  burstS: fc.double({ min: 0.1, max: 4, noNaN: true }),
});

/** Packets at other times, in another epoch. */
const moved = ({ packet, grid }: Shot, timeS: number, epoch = 0): Shot => ({
  grid,
  packet: {
    ...packet,
    header: { ...packet.header, epoch },
    frames: [{ ...packet.frames[0]!, pts: BigInt(Math.round(timeS * 90_000)) }],
  },
});

/** Whether a receiver holds what the full one does, but for what float32 rounds. */
function expectSharp(held: Float32Array, grid: Float32Array, tokens: number): void {
  expect(worst(held, pooled(grid, tokens))).toBeLessThan(1e-4 * peak(grid));
}

/** A busy stretch, then rest: the frames of the rest are held. */
const busyThenStill = (layout: MadeStream['layout'], seed: number, rest: number): Shot[] =>
  shotsOf({ seed, frames: 8 + rest, layout, dtype: 'F32', price: 0.3, noise: 1, held: (index) => index >= 8 });

describe('a throttle', () => {
  test('keeps every stretch of video within the ceiling and the burst, but for the one token of each frame', () => {
    const steps = fc.array(fc.double({ min: 0.001, max: 1.5, noNaN: true }), { minLength: 16, maxLength: 16 });
    const keys = fc.array(fc.boolean(), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(anyStream, anyRate, steps, keys, anyScale, (made, rate, stepS, keyed, maxScale) => {
        const throttle = new Throttle(viewTo(maxScale), rate);
        let timeS = -3;
        const sent = shotsOf(made).map((shot, i) => {
          const { packet, grid } = moved(shot, (timeS += stepS[i]!));
          const shown = keyed[i]! && i % 4 === 0 ? throttle.keyPacket(packet, grid) : throttle.show(packet, grid);
          expect(tokensOf(shown)).toBeLessThanOrEqual(maxScale);
          return { timeS: seconds(packet.frames[0]!.pts, packet.header.timebase), tokens: tokensOf(shown) };
        });
        for (const [i, first] of sent.entries()) {
          let tokens = 0;
          let single = 0;
          for (const last of sent.slice(i)) {
            tokens += last.tokens;
            if (last.tokens === 1) single++;
            const most = rate.tokensPerSecond * (last.timeS - first.timeS + rate.burstS);
            expect(tokens).toBeLessThanOrEqual(most + single + 1e-6);
          }
        }
      }),
      { numRuns: 80 },
    );
  });

  test('keeps within it over epochs, whose clocks start anew', () => {
    const throttle = new Throttle(wholeView(geometry), { tokensPerSecond: 20, burstS: 2 });
    const shots = shotsOf({ seed: 1, frames: 12, layout: 'tree', dtype: 'F16', price: 0.05, cutEvery: 2 });
    const tokens = shots.map((shot, i) => {
      const { packet, grid } = moved(shot, 1000 - i, i);
      return tokensOf(throttle.show(packet, grid));
    });
    expect(tokens[0]).toBeGreaterThan(1);
    expect(tokens.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(40 + 12);
  });

  test('gives what the view gives where nothing is in the way', () => {
    fc.assert(
      fc.property(anyStream, anyScale, fc.boolean(), (made, maxScale, whole) => {
        const view = viewOf({ maxScale, layout: whole ? 'uniform' : 'tree' }, geometry) ?? wholeView(geometry);
        const throttle = new Throttle(view, { tokensPerSecond: 1e6 });
        for (const { packet, grid } of shotsOf(made)) {
          expect(throttle.show(packet, grid)).toEqual(view.show(packet, grid));
          expect(throttle.owed).toBe(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('shows a whole frame at the largest scale that fits', () => {
    const [shot] = shotsOf({ seed: 2, frames: 1, layout: 'uniform', dtype: 'F16', price: 0.01 }) as [Shot];
    expect(tokensOf(shot.packet)).toBe(144);
    for (const [burst, tokens] of [
      [144, 144],
      [143, 36],
      [35, 9],
      [8.9, 1],
      [0.1, 1],
    ] as const) {
      const throttle = new Throttle(wholeView(geometry), { tokensPerSecond: burst, burstS: 1 });
      const shown = throttle.show(shot.packet, undefined);
      expect(shown).toEqual(wholeView(geometry).show(shot.packet, undefined, tokens));
      expect(shown.frames[0]).toMatchObject({ kind: 'uniform', scale: tokens, tokens });
    }
  });

  test('gives packets that may be sent, each a cut of the tree', () => {
    fc.assert(
      fc.property(anyStream, anyRate, anyScale, (made, rate, maxScale) => {
        const throttle = new Throttle(wholeView(geometry), rate);
        for (const [i, { packet, grid }] of shotsOf(made).entries()) {
          const shown = throttle.show(packet, grid, i % 3 === 0 ? { maxScale } : {});
          expect(decodePacket(encodePacket(shown))).toEqual(shown);
          if (shown.position) expect(isAntichain(ladder, shown.position)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('what a throttle owes', () => {
  test('is all told with the first frame after a demotion, and with nothing owed the receiver holds what it should', () => {
    const demotions = fc.array(fc.constantFrom(1, 9, 36, undefined, undefined), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(anyStream, demotions, fc.constantFrom(36, 144), (given, maxScales, finest) => {
        const made = { ...given, dtype: 'F32' } as const;
        const throttle = new Throttle(viewTo(finest));
        const receiver = new Receiver(viewTo(finest).ladder);
        for (const [i, { packet, grid }] of shotsOf(made).entries()) {
          const maxScale = maxScales[i];
          const shown = throttle.show(packet, grid, { maxScale });
          const held = receiver.receive(shown);
          expect(tokensOf(shown)).toBeLessThanOrEqual(maxScale ?? finest);
          expect(shown.frames[0]!.scale).toBeLessThanOrEqual(maxScale ?? finest);
          if (maxScale === undefined) expect(throttle.owed).toBe(0);
          if (throttle.owed === 0) expectSharp(held, grid, finest);
        }
      }),
      { numRuns: 80 },
    );
  });

  test.each(layouts)('is told once a scene rests: %s', (layout) => {
    const rate = fc.double({ min: 60, max: 200, noNaN: true });
    fc.assert(
      fc.property(fc.integer(), rate, fc.constantFrom(36, 144), (seed, tokensPerSecond, finest) => {
        const throttle = new Throttle(viewTo(finest), { tokensPerSecond, burstS: Math.max(2, 150 / tokensPerSecond) });
        const receiver = new Receiver(viewTo(finest).ladder);
        const shots = busyThenStill(layout, seed, 72);
        const owed: number[] = [];
        for (const { packet, grid } of shots) {
          const held = receiver.receive(throttle.show(packet, grid));
          owed.push(throttle.owed);
          if (throttle.owed === 0) expectSharp(held, grid, finest);
        }
        expect(Math.max(...owed)).toBeLessThanOrEqual(46);
        expect(owed.at(-1)).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  test('is a blurred picture that was owed something: the streams of these tests do run into their ceilings', () => {
    for (const layout of layouts) {
      const throttle = new Throttle(wholeView(geometry), { tokensPerSecond: 30, burstS: 5 });
      for (const { packet, grid } of busyThenStill(layout, 7, 0)) throttle.show(packet, grid);
      expect(throttle.owed).toBeGreaterThan(0);
    }
  });

  test('waits in a uniform stream without its grid for the next frame that changes', () => {
    const throttle = new Throttle(wholeView(geometry), { tokensPerSecond: 30, burstS: 5 });
    const shots = busyThenStill('uniform', 3, 60);
    for (const { packet } of shots.slice(0, 8)) throttle.show(packet, undefined);
    expect(throttle.owed).toBeGreaterThan(0);
    for (const { packet } of shots.slice(8)) expect(throttle.show(packet, undefined)).toBe(packet);
    expect(throttle.owed).toBeGreaterThan(0);
    const { packet } = moved(shots[0]!, 100);
    throttle.show(packet, undefined);
    expect(throttle.owed).toBe(0);
  });

  test('is told the newest change first', () => {
    const header = shotsOf({ seed: 1, frames: 1, layout: 'tree', dtype: 'F32', price: 1 })[0]!.packet.header;
    const grid = new Float32Array(144 * CHANNELS).fill(1);
    const at = (position: number, timeS: number): Packet => ({
      header,
      frames: [{ pts: BigInt(timeS * 90_000), kind: 'tree', scale: 144, change: 1, droppedBefore: 0, tokens: 1 }],
      dtype: 'F32',
      channels: CHANNELS,
      tokens: quantize(new Float32Array(CHANNELS).fill(1), CHANNELS, 'F32').bytes,
      position: Int32Array.of(position),
    });
    // A bucket of 5: a frame's own token and the four children of one block.
    const throttle = new Throttle(wholeView(geometry), { tokensPerSecond: 5, burstS: 1 });
    const [first, second, third] = [positionOf(3, 0), positionOf(3, 143), positionOf(3, 6)];
    for (const [i, position] of [first, second].entries()) {
      expect([...throttle.show(at(position, i), grid, { maxScale: 36 }).position!]).toEqual([positionOf(2, i * 35)]);
    }
    expect(throttle.owed).toBe(2);
    const told = [3, 4].map((timeS) => [...throttle.show(at(third, timeS), grid).position!].sort((a, b) => a - b));
    const inside = (block: number[]): number[] => block.map((cell) => positionOf(3, cell));
    expect(told[0]).toEqual([third, ...inside([130, 131, 142, 143])]);
    expect(told[1]).toEqual([...inside([0, 1]), third, ...inside([12, 13])]);
    expect(throttle.owed).toBe(0);
  });

  test('is forgotten with an epoch, and what a key packet leaves out is owed', () => {
    const throttle = new Throttle(wholeView(geometry), { tokensPerSecond: 20, burstS: 2 });
    const receiver = new Receiver(geometry.ladder);
    const shots = busyThenStill('tree', 9, 80);
    const [first, ...later] = shots.slice(7) as [Shot, ...Shot[]];
    const key = throttle.keyPacket(first.packet, first.grid);
    expect(key.frames[0]).toMatchObject({ kind: 'uniform', scale: 36, tokens: 36 });
    expect(throttle.owed).toBe(36);
    receiver.receive(key);
    for (const { packet, grid } of later) {
      const held = receiver.receive(throttle.show(packet, grid));
      if (throttle.owed === 0) expectSharp(held, grid, 144);
    }
    expect(throttle.owed).toBe(0);
    throttle.keyPacket(first.packet, first.grid, { maxScale: 1 });
    expect(throttle.owed).toBe(46);
    throttle.show(moved(later.at(-1)!, 50, 1).packet, later.at(-1)!.grid);
    expect(throttle.owed).toBe(0);
  });
});
