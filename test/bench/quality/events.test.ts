import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scenery } from '../../support/picture.ts';
import type { Picture } from '../../support/picture.ts';
import { cellMeans, everyFrame, load, loadLiveBench } from './live-bench.ts';
import type { Encode, Facts, Method, Pictures } from './live-bench.ts';

interface Event {
  readonly from: number;
  readonly to: number;
  readonly row: number;
  readonly column: number;
  readonly side: number;
}

interface EventBench {
  readonly planEvents: (of: { frames: number; fps: number; gridSide: number; side: number; seed: number }) => Event[];
  readonly withEvents: (pictures: Pictures, facts: Facts, events: Event[]) => Pictures;
  readonly eventLatencies: (run: {
    pictures: Pictures;
    facts: Facts;
    encode: Encode;
    methods: Record<string, Method>;
    plans: Event[][];
  }) => Promise<Record<string, { latencies: (number | undefined)[]; tokensPerFrame: number }[]>>;
  readonly recallOf: (latencies: (number | undefined)[]) => {
    events: number;
    recall: number | undefined;
    latencyP50: number | undefined;
    latencyP95: number | undefined;
  };
}

const { eventLatencies, planEvents, recallOf, withEvents } = await load<EventBench>('events');
const bench = await loadLiveBench();

const FPS = 4;
const facts: Facts = { inputSide: 48, gridSide: 12, channels: 3 };
const encode = cellMeans(facts);

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
const seen = async (
  methods: Record<string, Method>,
  side: number,
  asked: Encode = encode,
): Promise<Record<string, (number | undefined)[]>> => {
  const plans = [plan(side), plan(side, 2)];
  const all = await eventLatencies({ pictures, facts, encode: asked, methods, plans });
  return Object.fromEntries(
    Object.entries(all).map(([name, told]) => [name, told.flatMap(({ latencies }) => latencies)]),
  );
};
const latencies = async (method: Method, side: number): Promise<(number | undefined)[]> =>
  (await seen({ method }, side))['method']!;

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
    expect(new Set(await latencies(everyFrame(bench, 12), side))).toEqual(new Set([0]));
  });

  test.each([0, 1, 4])('measures a method that is %i frames late as that late', async (frames) => {
    expect(new Set(await latencies(late(frames), 4))).toEqual(new Set([frames / FPS]));
  });

  test('misses what comes after more than a second, and what never comes', async () => {
    expect(new Set(await latencies(late(5), 4))).toEqual(new Set([undefined]));
    expect(new Set(await latencies(late(1000), 4))).toEqual(new Set([undefined]));
  });

  test('does not take the mean of the whole picture for a small event', async () => {
    expect(new Set(await latencies(everyFrame(bench, 1), 2))).toEqual(new Set([undefined]));
  });
});

describe('the event test of several methods', () => {
  const never = bench.wholeFrameStream({ side: 12, rule: () => () => false });
  const methods = { all: everyFrame(bench, 12), never, late: late(2) };

  test('finds every event at once of one that sends everything, and none of one that sends nothing', async () => {
    const { all, never: none } = await seen(methods, 4);
    expect(recallOf(all!)).toMatchObject({ recall: 1, latencyP50: 0, latencyP95: 0 });
    expect(recallOf(none!)).toMatchObject({ recall: 0, events: all!.length });
  });

  test('finds of each what it finds of it alone', async () => {
    const together = await seen(methods, 2);
    for (const [name, method] of Object.entries(methods)) expect(together[name]).toEqual(await latencies(method, 2));
  });

  test('encodes each picture once, however many look at it', async () => {
    const asked: Picture[] = [];
    const counting: Encode = (rgb) => {
      asked.push(rgb);
      return encode(rgb);
    };
    await seen(methods, 4, counting);
    expect(new Set(asked).size).toBe(asked.length);
    const shown = [plan(4), plan(4, 2)].flat().reduce((sum, { from, to }) => sum + to - from, 0);
    expect(asked).toHaveLength(shown + new Set(pictures.frames).size);
  });

  test('tells what each spends on the clips with events', async () => {
    const told = await eventLatencies({ pictures, facts, encode, methods, plans: [plan(4)] });
    expect([told['all']![0]!.tokensPerFrame, told['never']![0]!.tokensPerFrame]).toEqual([144, 0]);
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
