import { StreamCounts, measure } from '#dist/operators/measure.js';
import { lastValueFrom, of, toArray } from 'rxjs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { score } from '../support/change-score.ts';
import { nested } from '../support/nested-frames.ts';
import { behavesLikeMap } from '../support/operator-contract.ts';

describe('measure', () => {
  behavesLikeMap({
    operator: () => measure(new StreamCounts()),
    inputs: () => [nested(0, [1, 2]), nested(1, [3, 4]), nested(2, [5, 6])],
    look: ({ frame, tokens }) => [frame.index, ...tokens],
    outputs: [
      [0, 1, 2],
      [1, 3, 4],
      [2, 5, 6],
    ],
  });

  test('passes the same objects on and counts what passes', async () => {
    const counts = new StreamCounts();
    const frames = [
      nested(0, Array<number>(18).fill(1), { change: score({ cut: true }) }),
      nested(1, [1, 2], { kind: 'hold', choice: { scale: undefined, reason: 'still' } }),
      nested(2, [1, 2], { dropped: 3 }),
      nested(3, Array<number>(18).fill(1), { dropped: 2 }),
    ];
    const passed = await lastValueFrom(of(...frames).pipe(measure(counts), toArray()));
    for (const [i, frame] of frames.entries()) expect(passed[i]).toBe(frame);
    expect(counts).toMatchObject({ frames: 4, tokens: 20, held: 1, cuts: 1, dropped: 5, encoderRuns: 3 });
    expect([...counts.scales].sort()).toEqual([
      [1, 2],
      [9, 2],
    ]);
  });

  test('counts every token of a tree, and its frame under its finest scale', () => {
    const counts = new StreamCounts();
    counts.add(nested(0, Array<number>(10).fill(1), { kind: 'tree', scale: 144 }));
    counts.add(nested(1, Array<number>(6).fill(1), { kind: 'tree', scale: 36 }));
    counts.add(nested(2, [1, 2], { kind: 'hold', choice: { scale: undefined, reason: 'still' } }));
    expect(counts).toMatchObject({ frames: 3, tokens: 9, held: 1, encoderRuns: 2 });
    expect([...counts.scales].sort(([a], [b]) => a - b)).toEqual([
      [1, 1],
      [36, 1],
      [144, 1],
    ]);
  });

  test('settles every frame of a connection, whatever became of it, and of each connection by itself', () => {
    const count = fc.nat({ max: 50 });
    // Of each: packed, let go before a packed one, thrown away by the decoder, left out by sampling, on its way at the end.
    const connection = fc.record({ packed: count, dropped: count, discarded: count, skipped: count, away: count });
    fc.assert(
      fc.property(fc.array(connection, { maxLength: 5 }), (connections) => {
        const counts = new StreamCounts();
        for (const { packed, dropped, discarded, skipped, away } of connections) {
          const source = { counts: { decoded: 0, discarded: 0, skipped: 0 } };
          const end = counts.begin(source);
          counts.inFlight += packed + away;
          const before = counts.lost;
          for (let i = 0; i < packed; i++) counts.add(nested(i, [1, 2], i === 0 ? { dropped } : {}));
          const gone = packed > 0 ? dropped : 0;
          source.counts = { decoded: packed + gone + discarded + skipped + away, discarded, skipped };
          expect(counts.inFlight).toBe(away);
          end();
          expect(counts.lost - before).toBe(away);
          expect(counts.inFlight).toBe(0);
        }
      }),
    );
  });

  test('is nothing before the first frame', () => {
    expect(new StreamCounts()).toMatchObject({ frames: 0, tokens: 0, held: 0, cuts: 0, dropped: 0, encoderRuns: 0 });
  });
});
