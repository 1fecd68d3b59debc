import { GridRebuilder } from '#dist/view/grid-rebuilder.js';
import type { Packet } from '#dist/media/packet.js';
import { seconds } from '#dist/media/timebase.js';
import { StreamCounts } from '#dist/operators/measure.js';
import { pipeline } from '#dist/pipeline/pipeline.js';
import type { PipelineParts } from '#dist/pipeline/pipeline.js';
import type { PipelineOptionsInput } from '#dist/pipeline/pipeline-options.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../support/error-code.ts';
import { blockMeans, distance, norm } from '../support/naive-scales.ts';
import { PaintedSource } from '../support/painted-source.ts';
import { PatchMeanEncoder, patchMeans } from '../support/patch-mean-encoder.ts';
import { scenery, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';

const SIDE = 96;
const FPS = 25;
const still = scenery(SIDE, 1);

/** A white box that runs over a scene. */
const running = Array.from({ length: 50 }, (_, i) =>
  withBox(still, { x: (i * 7) % 80, y: 40, width: 16, height: 16 }, [255, 255, 255]),
);
/** Another scene with every frame: as busy as it gets. */
const restless = Array.from({ length: 100 }, (_, i) => scenery(SIDE, 100 + i));

async function run(
  pictures: readonly Picture[],
  options: PipelineOptionsInput,
  part: Partial<PipelineParts> = {},
): Promise<Packet[]> {
  const source = new PaintedSource({ count: pictures.length, paint: (i) => pictures[i]! });
  const encoder = new PatchMeanEncoder({ side: SIDE });
  return lastValueFrom(pipeline({ source, encoder, sink: () => undefined, options, ...part }).pipe(toArray()));
}

/** The grids that a client rebuilds of the packets, once they went over the wire. */
function gridsOf(packets: readonly Packet[]): Float32Array[] {
  const rebuilder = new GridRebuilder({ ladder: [1, 9, 36, 144], gridSide: 24, channels: 3 });
  return packets.flatMap((packet) =>
    Array.from(rebuilder.receive(decodePacket(encodePacket(packet))), ({ grid }) => grid.slice()),
  );
}

const tokensOf = (packets: readonly Packet[]): number[] => packets.map(({ frames }) => frames[0]!.tokens);
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
/** What the encoder makes of a picture, at the finest scale. */
const featuresOf = (picture: Picture): number[] => blockMeans(patchMeans(picture, SIDE, 24), 24, 12, 3);
/** Error of a rebuilt grid as a share of the picture's energy about its mean. */
function errorOf(grid: Float32Array, picture: Picture): number {
  const features = featuresOf(picture);
  const mean = blockMeans(features, 12, 1, 3);
  return distance(grid, features) / norm(features.map((value, i) => value - mean[i % 3]!));
}

describe('policy fidelity', () => {
  test.each(['uniform', 'tree'] as const)('rebuilds every frame to its bound on the error: %s', async (layout) => {
    const error = async (tau: number): Promise<number> => {
      const options = { policy: 'fidelity', layout, tau, price: 50, gate: 0, dtype: 'F32' } as const;
      const grids = gridsOf(await run(running, options));
      return Math.max(...grids.map((grid, i) => errorOf(grid, running[i]!)));
    };
    // Channels count by their variance over the clip, which is not that of any one picture: near, not equal.
    expect(await error(0.05)).toBeLessThan(0.1);
    expect(await error(0.5)).toBeGreaterThan(0.1);
  });

  test('spends its tokens where something moves: a fraction of whole frames for a box in a scene', async () => {
    const packets = await run(running, { policy: 'fidelity' });
    const grids = gridsOf(packets);
    const [, ...rest] = tokensOf(packets);
    expect(sum(rest) / rest.length).toBeLessThan(0.1 * 144);
    expect(errorOf(grids.at(-1)!, running.at(-1)!)).toBeLessThan(0.1);
  });

  test('settles on one token a frame for a picture that stands still, with and without the encoder', async () => {
    const pictures = Array.from({ length: 60 }, () => still);
    for (const options of [{ policy: 'fidelity' }, { policy: 'fidelity', gate: 0 }]) {
      const counts = new StreamCounts();
      const packets = await run(pictures, options, { counts });
      expect(tokensOf(packets).slice(-20)).toEqual(Array(20).fill(1));
      expect(counts.tokens).toBe(sum(tokensOf(packets)));
      const errors = gridsOf(packets).map((grid) => errorOf(grid, still));
      // F16 rounds every token: not below a thousandth.
      for (const [i, error] of errors.entries()) if (i > 0) expect(error).toBeLessThan(errors[i - 1]! + 1e-3);
    }
  });

  test('costs the less the higher the price', async () => {
    const costs = [];
    for (const price of [0.5, 5, 50]) costs.push(sum(tokensOf(await run(restless, { policy: 'fidelity', price }))));
    expect(costs).toEqual(costs.toSorted((a, b) => b - a));
    expect(new Set(costs).size).toBe(3);
  });

  test('sends no scale above the finest that it may', async () => {
    const packets = await run(restless, { policy: 'fidelity', maxScale: 36, price: 0.5 });
    const levels = packets.flatMap(({ position }) => Array.from(position!, (at) => Math.floor(at / 1024)));
    expect(Math.max(...levels)).toBe(2);
    expect(Math.max(...tokensOf(packets))).toBeLessThanOrEqual(36);
  });
});

describe('policy rate', () => {
  test.each([
    [30, 0.5, 'tree'],
    [100, 1, 'tree'],
    [100, 5, 'uniform'],
    [1000, 0.2, 'tree'],
  ] as const)(
    'keeps every stretch of time under %i tokens a second and a burst of %f s: %s',
    async (rate, burstS, layout) => {
      const options = { policy: 'rate', tokensPerSecond: rate, burstS, layout, price: 1e-4 } as const;
      const packets = await run(restless, options);
      const times = packets.map(({ frames, header }) => seconds(frames[0]!.pts, header.timebase));
      const tokens = tokensOf(packets);
      expect(packets).toHaveLength(restless.length);
      for (const from of times.keys()) {
        for (let to = from; to < times.length; to++) {
          const allowed = rate * (times[to]! - times[from]! + burstS);
          expect(sum(tokens.slice(from, to + 1))).toBeLessThanOrEqual(allowed + 1e-6);
        }
      }
      expect(sum(tokens)).toBeGreaterThan(0.5 * rate * (restless.length / FPS));
    },
  );

  test('costs one token a frame, and nothing more, where its ceiling lies below the frames', async () => {
    const packets = await run(restless, { policy: 'rate', tokensPerSecond: 5, burstS: 1 });
    expect(sum(tokensOf(packets))).toBeLessThanOrEqual(restless.length + 5 * (restless.length / FPS + 1));
  });

  test('gives a cut more than the frames before it', async () => {
    const calm = [...running, ...Array.from({ length: 10 }, () => scenery(SIDE, 9))];
    const packets = await run(calm, { policy: 'rate', tokensPerSecond: 60, burstS: 2 });
    const tokens = tokensOf(packets);
    expect(tokens[running.length]).toBeGreaterThan(2 * Math.max(...tokens.slice(20, running.length)));
  });
});

describe('policy budget', () => {
  test('without the plan of a survey is refused at once', () => {
    const source = new PaintedSource({ count: 1, paint: () => still });
    const encoder = new PatchMeanEncoder({ side: SIDE });
    const start = (): unknown =>
      pipeline({ source, encoder, sink: () => undefined, options: { policy: 'budget', budget: 99 } });
    expect(codeOf(start)).toBe('OPTION_INVALID');
    expect(source.opened).toBe(0);
  });
});

test('a pipeline on features starts anew with every subscription', async () => {
  const source = new PaintedSource({ count: 12, paint: (i) => running[i]! });
  const encoder = new PatchMeanEncoder({ side: SIDE });
  const packets = pipeline({ source, encoder, sink: () => undefined, options: { policy: 'fidelity' } }).pipe(toArray());
  const first = await lastValueFrom(packets);
  expect(await lastValueFrom(packets)).toEqual(first);
});
