import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scenery } from '../../support/picture.ts';
import type { Picture } from '../../support/picture.ts';

interface Facts {
  readonly inputSide: number;
  readonly gridSide: number;
  readonly channels: number;
}

interface Event {
  readonly from: number;
  readonly to: number;
  readonly row: number;
  readonly column: number;
  readonly side: number;
}

interface Step {
  readonly tokens: number;
  readonly ran: boolean;
  readonly held: Float32Array;
  readonly side: number;
}

interface Moment {
  readonly timeS: number;
  readonly features: () => Promise<Float32Array>;
}

type Method = (facts: Facts) => { next: (moment: Moment) => Promise<Step> };
type Encode = (rgb: Picture) => Promise<Float32Array>;

interface Pictures {
  readonly name: string;
  readonly fps: number;
  readonly frames: Picture[];
}

interface EventBench {
  readonly planEvents: (of: { frames: number; fps: number; gridSide: number; side: number; seed: number }) => Event[];
  readonly withEvents: (pictures: Pictures, facts: Facts, events: Event[]) => Pictures;
  readonly eventLatencies: (run: {
    pictures: Pictures;
    facts: Facts;
    encode: Encode;
    method: Method;
    plans: Event[][];
  }) => Promise<(number | undefined)[][]>;
  readonly recallOf: (latencies: (number | undefined)[]) => {
    events: number;
    recall: number | undefined;
    latencyP50: number | undefined;
    latencyP95: number | undefined;
  };
}

const load = async <T>(name: string): Promise<T> =>
  (await import(fileURLToPath(new URL(`../../../bench/quality/${name}.mjs`, import.meta.url)))) as T;
const { eventLatencies, planEvents, recallOf, withEvents } = await load<EventBench>('events');
const { everyFrame } = await load<{ everyFrame: (side: number) => Method }>('streams/every-frame');

const FPS = 4;
const facts: Facts = { inputSide: 48, gridSide: 12, channels: 3 };
const CELL = 4;

/** Means of the pixels of each cell: an encoder that sees nothing but what lies in the cell. */
const encode: Encode = (rgb) => {
  const out = new Float32Array(facts.gridSide ** 2 * 3);
  for (let i = 0; i < rgb.length; i++) {
    const [pixel, c] = [Math.floor(i / 3), i % 3];
    const [row, column] = [Math.floor(pixel / facts.inputSide / CELL), Math.floor((pixel % facts.inputSide) / CELL)];
    out[(row * facts.gridSide + column) * 3 + c]! += rgb[i]! / CELL ** 2;
  }
  return Promise.resolve(out);
};

/** Everything, but so many frames late. */
function late(frames: number): Method {
  return () => {
    const seen: Float32Array[] = [];
    return {
      next: async ({ features }) => {
        seen.push(await features());
        const held = seen[Math.max(0, seen.length - 1 - frames)]!;
        return { tokens: 1, ran: true, held, side: facts.gridSide };
      },
    };
  };
}

const pictures: Pictures = { name: 'still', fps: FPS, frames: new Array<Picture>(80).fill(scenery(48, 1)) };
const plan = (side: number, seed = 1): Event[] =>
  planEvents({ frames: pictures.frames.length, fps: FPS, gridSide: facts.gridSide, side, seed });
const latencies = async (method: Method, side: number): Promise<(number | undefined)[]> =>
  (await eventLatencies({ pictures, facts, encode, method, plans: [plan(side), plan(side, 2)] })).flat();

describe('the plan of events', () => {
  test('has them inside the clip and the picture, one after the other', () => {
    const arbitrary = fc.record({
      frames: fc.nat(400),
      fps: fc.integer({ min: 1, max: 30 }),
      gridSide: fc.constantFrom(12, 24),
      side: fc.constantFrom(1, 2, 4, 8),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(arbitrary, (of) => {
        let end = 0;
        for (const { from, to, row, column, side } of planEvents(of)) {
          expect(from).toBeGreaterThan(end);
          expect(to).toBeGreaterThan(from);
          expect(to).toBeLessThanOrEqual(of.frames);
          expect(Math.min(row, column)).toBeGreaterThanOrEqual(0);
          expect(Math.max(row, column) + side).toBeLessThanOrEqual(of.gridSide);
          end = to;
        }
      }),
    );
  });

  test('is the same for the same seed and another for another', () => {
    expect(plan(2)).toEqual(plan(2));
    expect(plan(2)).not.toEqual(plan(2, 2));
  });
});

describe('a clip with events', () => {
  test('differs from the clip on the cells of an event, while it is there, and nowhere else', async () => {
    const events = plan(4);
    expect(events.length).toBeGreaterThan(1);
    const { frames } = withEvents(pictures, facts, events);
    for (const [t, frame] of frames.entries()) {
      const event = events.find(({ from, to }) => t >= from && t < to);
      if (event === undefined) {
        expect(frame).toBe(pictures.frames[t]);
        continue;
      }
      const [now, before] = await Promise.all([encode(frame), encode(pictures.frames[t]!)]);
      for (let cell = 0; cell < facts.gridSide ** 2; cell++) {
        const row = Math.floor(cell / facts.gridSide) - event.row;
        const column = (cell % facts.gridSide) - event.column;
        const inside = Math.min(row, column) >= 0 && Math.max(row, column) < event.side;
        const changed = [0, 1, 2].some((c) => now[cell * 3 + c] !== before[cell * 3 + c]);
        expect(changed).toBe(inside);
      }
    }
  });
});

describe('the event test', () => {
  test.each([1, 2, 4, 8])('sees at once what a method sends at once: %i cells', async (side) => {
    expect(new Set(await latencies(everyFrame(12), side))).toEqual(new Set([0]));
  });

  test.each([0, 1, 4])('measures a method that is %i frames late as that late', async (frames) => {
    expect(new Set(await latencies(late(frames), 4))).toEqual(new Set([frames / FPS]));
  });

  test('misses what comes after more than a second, and what never comes', async () => {
    expect(new Set(await latencies(late(5), 4))).toEqual(new Set([undefined]));
    expect(new Set(await latencies(late(1000), 4))).toEqual(new Set([undefined]));
  });

  test('does not take the mean of the whole picture for a small event', async () => {
    expect(new Set(await latencies(everyFrame(1), 2))).toEqual(new Set([undefined]));
  });
});

describe('the recall', () => {
  test('is the share of the events that were seen, with the latencies of these', () => {
    expect(recallOf([0, 1, undefined, 0.5])).toEqual({ events: 4, recall: 0.75, latencyP50: 0.5, latencyP95: 0.95 });
  });

  test('of no events is not known', () => {
    expect(recallOf([]).recall).toBeUndefined();
    expect(recallOf([undefined])).toMatchObject({ recall: 0, latencyP50: undefined });
  });
});
