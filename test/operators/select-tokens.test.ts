import { GridRebuilder } from '#dist/view/grid-rebuilder.js';
import type { Packet, TokenDtype } from '#dist/media/packet.js';
import { pack } from '#dist/operators/pack.js';
import { selectTokens } from '#dist/operators/select-tokens.js';
import { fidelitySpending } from '#dist/scales/fidelity-spending.js';
import { makeLadder } from '#dist/scales/ladder.js';
import type { LayoutName } from '#dist/scales/layout.js';
import { levelOf } from '#dist/scales/scale-tree.js';
import type { SpendingRule } from '#dist/scales/spending.js';
import { TokenSelector } from '#dist/scales/token-selector.js';
import { mergePackets } from '#dist/wire/merge-packets.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { dequantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { from, lastValueFrom, of, tap, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { isAntichain } from '../support/cuts.ts';
import { featureClip } from '../support/feature-clips.ts';
import { blockMeans, worst } from '../support/naive-scales.ts';
import { encodedFeatures } from '../support/nested-frames.ts';
import { behavesLikeMap } from '../support/operator-contract.ts';

const SIDE = 12;
const CHANNELS = 5;
const scales = [1, 9, 36, 144];
const ladder = makeLadder(24, scales);
const header = { stream: 'cam1', encoder: 'sha256:00', stage: 'pre', epoch: 0, live: false } as const;
const dtypes = ['F16', 'BF16', 'F32', 'I8'] as const;
const layouts = ['uniform', 'tree'] as const;
const cases = dtypes.flatMap((dtype) => layouts.map((layout) => [dtype, layout] as const));

const selectorOf = (layout: LayoutName, rule: SpendingRule = fidelitySpending(2)): TokenSelector =>
  new TokenSelector(ladder, CHANNELS, layout, rule);

/** A clip of which some frames are held, as the gate would. */
const clip = fc.record({
  seed: fc.integer(),
  frames: fc.integer({ min: 1, max: 14 }),
  noise: fc.constantFrom(0, 0.1, 1),
  moving: fc.boolean(),
  cutEvery: fc.constantFrom(4, Infinity),
  price: fc.double({ min: 0.05, max: 40, noNaN: true }),
  held: fc.infiniteStream(fc.boolean()),
});
type Clip = typeof clip extends fc.Arbitrary<infer T> ? T : never;

const framesOf = ({ held, ...rest }: Clip) =>
  featureClip({ ...rest, side: SIDE, channels: CHANNELS }).map((features, i) => {
    const resting = i > 0 && held.next().value === true;
    return encodedFeatures(i, resting ? undefined : features, SIDE, i % rest.cutEvery === 0);
  });

/** Sends a clip; what goes over the wire, and what the sender believes that the receiver holds after every frame. */
async function sendAll(given: Clip, dtype: TokenDtype, layout: LayoutName) {
  const selector = selectorOf(layout, fidelitySpending(given.price));
  const believed: Float32Array[] = [];
  const sent = from(framesOf(given)).pipe(
    selectTokens(selector, dtype),
    tap(() => void believed.push(selector.grid.held.slice())),
    pack(header, dtype),
    toArray(),
  );
  return { packets: await lastValueFrom(sent), believed };
}

/** The grids that a receiver rebuilds of these packets, once they went over the wire. */
function rebuilt(packets: readonly Packet[]): Float32Array[] {
  const rebuilder = new GridRebuilder({ ladder: scales, gridSide: 24, channels: CHANNELS });
  return packets.flatMap((packet) =>
    Array.from(rebuilder.receive(decodePacket(encodePacket(packet))), ({ grid }) => grid.slice()),
  );
}

/** Equal to the bit, −0 and +0 told apart. */
function expectSameBits(grids: readonly Float32Array[], expected: readonly Float32Array[]): void {
  const bits = (grid: Float32Array): Uint8Array => new Uint8Array(grid.buffer, grid.byteOffset, grid.byteLength);
  expect(grids).toHaveLength(expected.length);
  for (const [i, grid] of grids.entries()) expect(Buffer.compare(bits(grid), bits(expected[i]!)), `frame ${i}`).toBe(0);
}

describe('selectTokens', () => {
  const [one] = featureClip({ seed: 1, frames: 1, side: SIDE, channels: CHANNELS });
  const dear = fidelitySpending(1e9);
  const mean = Float32Array.from(blockMeans(one!, SIDE, 1, CHANNELS));
  const rounded = [...mean].map((value) => value.toFixed(3));
  behavesLikeMap({
    operator: () => selectTokens(selectorOf('uniform', { ...dear, allow: () => ({ price: 1e9, most: 1 }) }), 'F32'),
    inputs: () => [encodedFeatures(0, one, SIDE), encodedFeatures(1, undefined, SIDE), encodedFeatures(2, one, SIDE)],
    look: ({ frame, kind, scale, channels, tokens }) => [
      frame.index,
      kind,
      scale,
      channels,
      [...tokens].map((value) => value.toFixed(3)),
    ],
    outputs: [
      [0, 'uniform', 1, CHANNELS, rounded],
      [1, 'hold', 1, CHANNELS, rounded],
      [2, 'uniform', 1, CHANNELS, rounded],
    ],
  });

  test.each(cases)('knows to the bit what a receiver of its packets holds: %s, %s', async (dtype, layout) => {
    await fc.assert(
      fc.asyncProperty(clip, async (given) => {
        const { packets, believed } = await sendAll(given, dtype, layout);
        expectSameBits(rebuilt(packets), believed);
      }),
      { numRuns: 12 },
    );
  });

  test.each(cases)('knows it too where the packets are merged to part files: %s, %s', async (dtype, layout) => {
    await fc.assert(
      fc.asyncProperty(clip, fc.integer({ min: 1, max: 5 }), async (given, size) => {
        const { packets, believed } = await sendAll(given, dtype, layout);
        const parts = Array.from({ length: Math.ceil(packets.length / size) }, (_, i) =>
          mergePackets(packets.slice(i * size, (i + 1) * size), i),
        );
        expectSameBits(rebuilt(parts), believed);
      }),
      { numRuns: 6 },
    );
  });

  test('gives the tokens as the wire carries them, with their format beside them', async () => {
    for (const dtype of dtypes) {
      const source = of(encodedFeatures(0, one, SIDE)).pipe(selectTokens(selectorOf('tree'), dtype));
      const { tokens, wire, channels } = await lastValueFrom(source);
      expect(dequantize(wire!.bytes, channels, dtype, wire!.scale)).toEqual(tokens);
    }
  });

  test('makes of a tree a cut with its positions, of a uniform frame one whole scale', async () => {
    await fc.assert(
      fc.asyncProperty(clip, fc.constantFrom(...layouts), async (given, layout) => {
        const frames = framesOf(given);
        const made = await lastValueFrom(from(frames).pipe(selectTokens(selectorOf(layout), 'F16'), toArray()));
        for (const [i, { kind, scale, tokens, position }] of made.entries()) {
          const count = tokens.length / CHANNELS;
          const held = frames[i]!.features === undefined;
          expect(kind).toBe(held ? 'hold' : layout);
          if (held) expect([count, scale]).toEqual([1, 1]);
          if (layout === 'uniform') {
            expect(position).toBeUndefined();
            expect(count).toBe(scale);
          } else {
            expect(position).toHaveLength(count);
            expect(isAntichain(ladder, position!)).toBe(true);
            if (!held) expect(scale).toBe(scales[Math.max(...Array.from(position!, levelOf))]);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  test('holds in the uniform layout with the mean of what the receiver holds', async () => {
    const frames = [encodedFeatures(0, one, SIDE), encodedFeatures(1, undefined, SIDE)];
    const selector = selectorOf('uniform');
    const [, hold] = await lastValueFrom(from(frames).pipe(selectTokens(selector, 'F32'), toArray()));
    expect(worst(hold!.tokens, blockMeans(selector.grid.held, SIDE, 1, CHANNELS))).toBeLessThan(1e-4);
  });

  test.each(dtypes)('owns its records: a later frame changes none of them: %s', async (dtype) => {
    const frames = featureClip({ seed: 5, frames: 6, side: SIDE, channels: CHANNELS, moving: true });
    const seen: { tokens: number[]; position: number[]; bytes: number[] }[] = [];
    const look = ({
      tokens,
      position,
      wire,
    }: {
      tokens: Float32Array;
      position?: Int32Array;
      wire?: { bytes: Uint8Array };
    }) => ({
      tokens: [...tokens],
      position: [...position!],
      bytes: [...wire!.bytes],
    });
    const made = await lastValueFrom(
      from(frames.map((x, i) => encodedFeatures(i, x, SIDE))).pipe(
        selectTokens(selectorOf('tree'), dtype),
        tap((record) => void seen.push(look(record))),
        toArray(),
      ),
    );
    expect(made.map(look)).toEqual(seen);
  });
});
