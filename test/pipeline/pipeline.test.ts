import type { Packet } from '#dist/media/packet.js';
import { StreamCounts } from '#dist/operators/measure.js';
import type { PipelineParts } from '#dist/pipeline/pipeline.js';
import { pipeline } from '#dist/pipeline/pipeline.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { dequantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { blockMeans, worst } from '../support/naive-scales.ts';
import { PaintedSource } from '../support/painted-source.ts';
import type { Painting } from '../support/painted-source.ts';
import { PatchMeanEncoder, patchMeans } from '../support/patch-mean-encoder.ts';
import { brighter, noisy, scenery, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';
import { Random } from '../support/random.ts';
import { sleep } from '../support/sleep.ts';

const SMALL = 96;
const still = scenery(SMALL, 1);
/** A white box that runs from left to right over a scene that stands still. */
const running = Array.from({ length: 8 }, (_, i) =>
  withBox(still, { x: i * 10, y: 40, width: 16, height: 16 }, [255, 255, 255]),
);
const show = (pictures: readonly Picture[], more: Partial<Painting> = {}): PaintedSource =>
  new PaintedSource({ count: pictures.length, paint: (i) => pictures[i % pictures.length]!, ...more });

/** Runs a pipeline to its end. */
async function run(parts: Partial<PipelineParts> & Pick<PipelineParts, 'source'>): Promise<Packet[]> {
  const encoder = new PatchMeanEncoder({ side: SMALL });
  return lastValueFrom(pipeline({ encoder, sink: () => undefined, ...parts }).pipe(toArray()));
}

const rows = (packet: Packet): Float32Array =>
  dequantize(packet.tokens, packet.channels, packet.dtype, packet.tokenScale);

describe('a pipeline', () => {
  test('makes of every frame one packet, in order, with the frame own time', async () => {
    const given: Packet[] = [];
    const source = show(Array.from({ length: 40 }, (_, i) => running[i % 8]!));
    const packets = await run({
      source,
      sink: (packet) => void given.push(packet),
      options: { stream: 'door', epoch: 4 },
    });
    expect(packets).toEqual(given);
    expect(packets).toHaveLength(40);
    for (const [i, { header, frames }] of packets.entries()) {
      expect(header).toEqual({
        stream: 'door',
        sequence: i,
        timebase: { num: 1, den: 90_000 },
        encoder: 'sha256:patch-mean',
        stage: 'pre',
        epoch: 4,
      });
      expect(frames).toHaveLength(1);
      expect(frames[0]!.pts).toBe(BigInt(i) * 3600n);
    }
    expect(packets.map((packet) => decodePacket(encodePacket(packet)))).toEqual(packets);
    expect(source.closed).toBe(1);
  });

  test('gives out in order whatever the encoder and the sink take, and never has more than the window in flight', async () => {
    const timing = fc.record({
      window: fc.integer({ min: 1, max: 6 }),
      encoderMs: fc.array(fc.nat(6), { minLength: 1, maxLength: 5 }),
      sinkMs: fc.array(fc.nat(4), { minLength: 1, maxLength: 5 }),
      everyMs: fc.nat(2),
      count: fc.integer({ min: 0, max: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(timing, async ({ window, encoderMs, sinkMs, everyMs, count }) => {
        const source = new PaintedSource({ count, everyMs, paint: (i) => running[i % 8]! });
        const encoder = new PatchMeanEncoder({ side: SMALL, takesMs: (i) => encoderMs[i % encoderMs.length]! });
        let delivered = 0;
        let ahead = 0;
        const sink = async (): Promise<void> => {
          ahead = Math.max(ahead, source.counts.decoded - delivered);
          await sleep(sinkMs[delivered % sinkMs.length]!);
          ahead = Math.max(ahead, source.counts.decoded - delivered);
          delivered++;
        };
        const packets = await run({ source, encoder, sink, options: { window } });
        expect(packets.map(({ header }) => header.sequence)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(packets.map(({ frames }) => frames[0]!.pts)).toEqual(packets.map((_, i) => BigInt(i) * 3600n));
        expect(ahead).toBeLessThanOrEqual(window);
        expect(source.recycled).toBe(count);
      }),
      { numRuns: 15 },
    );
  });

  test('makes its tokens of 384-px frames from the block means of the features', async () => {
    const picture = scenery(384, 2);
    const box = withBox(picture, { x: 100, y: 100, width: 60, height: 60 }, [0, 0, 0]);
    const source = show([picture, box]);
    const encoder = new PatchMeanEncoder({ side: 384 });
    const [first, second] = await run({ source, encoder, options: { dtype: 'F32' } });
    expect(first!.frames[0]).toMatchObject({ kind: 'uniform', scale: 144, tokens: 144 });
    expect(worst(rows(first!), blockMeans(patchMeans(picture, 384, 24), 24, 12, 3))).toBeLessThan(1e-3);
    const { kind, scale } = second!.frames[0]!;
    expect(kind).toBe('uniform');
    expect(worst(rows(second!), blockMeans(patchMeans(box, 384, 24), 24, Math.sqrt(scale), 3))).toBeLessThan(1e-3);
  });

  test('needs one token a frame and no encoder run for a picture that stands still', async () => {
    const encoder = new PatchMeanEncoder({ side: SMALL });
    const source = new PaintedSource({ count: 200, paint: () => still });
    const packets = await run({ source, encoder });
    expect(encoder.runs).toBe(1);
    const [first, ...rest] = packets.map(({ frames }) => frames[0]!);
    expect(first).toMatchObject({ kind: 'uniform', scale: 144, tokens: 144, change: 1 });
    for (const frame of rest) expect(frame).toMatchObject({ kind: 'hold', scale: 1, tokens: 1, change: 0 });
  });

  test('does so under the noise of a sensor as well', async () => {
    const random = new Random(1);
    const large = scenery(384, 3);
    const encoder = new PatchMeanEncoder({ side: 384 });
    const packets = await run({
      source: new PaintedSource({ count: 15, paint: () => noisy(large, 3, random) }),
      encoder,
    });
    expect(encoder.runs).toBe(1);
    expect(packets.slice(1).every(({ frames }) => frames[0]!.tokens === 1)).toBe(true);
  });

  test('holds with the mean of the tokens that were sent last', async () => {
    const lit = brighter(still, 40);
    const pictures = [still, still, running[3]!, running[3]!, lit, lit, lit];
    const packets = await run({ source: show(pictures), options: { dtype: 'F32' } });
    const kinds = packets.map(({ frames }) => frames[0]!.kind);
    expect(kinds.filter((kind) => kind === 'hold').length).toBeGreaterThanOrEqual(3);
    let sent = new Float32Array(0);
    for (const [i, packet] of packets.entries()) {
      if (kinds[i] === 'uniform') sent = new Float32Array(rows(packet));
      else expect(worst(rows(packet), blockMeans(sent, Math.sqrt(sent.length / 3), 1, 3))).toBeLessThan(1e-3);
    }
  });

  test('tells what the live edge let go', async () => {
    const source = new PaintedSource({ count: 50, paint: (i) => running[i % 8]!, live: true, everyMs: 1 });
    const counts = new StreamCounts();
    const packets = await run({ source, counts, sink: () => sleep(8), options: { window: 2 } });
    const dropped = packets.reduce((sum, { frames }) => sum + frames[0]!.droppedBefore, 0);
    expect(dropped).toBeGreaterThan(0);
    expect(packets.length + dropped).toBe(50);
    expect(counts.dropped).toBe(dropped);
    expect(packets.every(({ header }) => header.wallclockUs !== undefined)).toBe(true);
  });

  test('counts what it did', async () => {
    const counts = new StreamCounts();
    const encoder = new PatchMeanEncoder({ side: SMALL });
    const pictures = [still, still, ...running, ...running, scenery(SMALL, 9), scenery(SMALL, 9)];
    const packets = await run({ source: show(pictures), encoder, counts });
    const frames = packets.map(({ frames: [frame] }) => frame!);
    expect(counts).toMatchObject({
      frames: 20,
      tokens: frames.reduce((sum, { tokens }) => sum + tokens, 0),
      held: frames.filter(({ kind }) => kind === 'hold').length,
      cuts: 1,
      dropped: 0,
      encoderRuns: encoder.runs,
    });
    expect(frames.at(-2)).toMatchObject({ kind: 'uniform', scale: 144 });
    expect(frames.at(-1)).toMatchObject({ kind: 'hold' });
  });

  test('costs a fraction of the tokens of the baseline where little happens', async () => {
    const pictures = [
      ...Array.from({ length: 30 }, () => still),
      running[4]!,
      ...Array.from({ length: 30 }, () => still),
    ];
    const total = async (policy: string): Promise<number> => {
      const counts = new StreamCounts();
      await run({ source: show(pictures), counts, options: { policy } });
      return counts.tokens;
    };
    expect(await total('fixed:144')).toBe(61 * 144);
    expect(await total('change')).toBeLessThan(61 * 144 * 0.1);
  });

  test('starts anew with every subscription', async () => {
    const source = show([still, still, running[2]!]);
    const encoder = new PatchMeanEncoder({ side: SMALL });
    const packets = pipeline({ source, encoder, sink: () => undefined }).pipe(toArray());
    expect(source.opened).toBe(0);
    const first = await lastValueFrom(packets);
    expect(await lastValueFrom(packets)).toEqual(first);
    expect(source).toMatchObject({ opened: 2, closed: 2 });
  });
});
