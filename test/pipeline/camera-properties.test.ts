import type { SourceState, SourceStatus } from '#dist/media/source-status.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScriptedCamera, unreachable } from '../support/scripted-camera.ts';
import type { Try } from '../support/scripted-camera.ts';
import { until } from '../support/sleep.ts';

/** What may follow a state. `connecting` follows itself where a connection was made: with its epoch. */
const NEXT: Readonly<Record<SourceState, readonly SourceState[]>> = {
  connecting: ['connecting', 'live', 'stalled', 'backing-off', 'failed', 'ended'],
  live: ['stalled', 'backing-off', 'failed', 'ended'],
  stalled: ['live', 'backing-off', 'failed', 'ended'],
  'backing-off': ['connecting', 'ended'],
  failed: [],
  ended: [],
};

const STALL_S = 0.1;
const count = fc.nat(6);
const anyTry: fc.Arbitrary<Try> = fc.oneof(
  fc.constant('refused' as const),
  count.map((frames) => ({ count: frames })),
  count.map((frames) => ({ count: frames, everyMs: 0 })),
  count.map((frames) => ({ count: frames, failure: unreachable() })),
  count.map((frames) => ({ count: frames, freezes: true })),
  fc.nat(15).map((afterMs) => ({ afterMs, count: 3 })),
);
const anyScript = fc.array(anyTry, { minLength: 1, maxLength: 5 });

function legal(statuses: readonly SourceStatus[], attempts: number): void {
  expect(statuses[0]!.state).toBe('connecting');
  for (const [i, status] of statuses.slice(1).entries()) {
    const before = statuses[i]!;
    expect(NEXT[before.state]).toContain(status.state);
    expect(status.epoch).toBeGreaterThanOrEqual(before.epoch);
    expect(status.epoch - before.epoch).toBeLessThanOrEqual(1);
    expect(status.sinceMs).toBeGreaterThanOrEqual(before.sinceMs);
    expect(status.retryAtMs !== undefined).toBe(status.state === 'backing-off');
    if (status.state === 'live') expect(status.failures).toBe(0);
    if (status.state === 'backing-off') expect(status.failures).toBe(before.failures + 1);
    if (status.state === 'backing-off' || status.state === 'failed') expect(status.reason).toBeDefined();
    // Once there was a loss, why is known for good.
    if (before.reason) expect(status.reason).toBeDefined();
    expect(status.failures).toBeLessThanOrEqual(attempts + 1);
  }
}

describe('a camera, whatever its source does', () => {
  test('goes from state to state as it may, one epoch for each connection, and closes every source', async () => {
    await fc.assert(
      fc.asyncProperty(anyScript, fc.nat(3), async (script, firstEpoch) => {
        const scripted = new ScriptedCamera([...script, { count: Infinity }], { firstEpoch, stallS: STALL_S }).start();
        const { camera, sources, records, statuses } = scripted;
        await until(() => records.some(([, index]) => index > 6));
        scripted.stop();
        legal(statuses, Infinity);
        expect(statuses.at(-1)).toMatchObject({ state: 'ended' });
        expect(scripted.isOver).toBe(true);
        // Each connection has the epoch of its place.
        expect(camera.connections).toBe(sources.length);
        expect(camera.status.epoch).toBe(firstEpoch + sources.length - 1);
        const epochs = records.map(([epoch]) => epoch);
        expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
        for (const [i, source] of sources.entries()) {
          expect(source.shut).toBe(true);
          const given = records.filter(([epoch]) => epoch === firstEpoch + i).length;
          expect(given).toBeLessThanOrEqual(source.counts.decoded);
        }
        expect(camera.counts.decoded).toBe(sources.reduce((sum, { counts }) => sum + counts.decoded, 0));
      }),
      { numRuns: 15 },
    );
  });

  test('is given up at the right try, after legal states, with nothing left open', async () => {
    // Tries without a frame: with one, it begins to count anew.
    const fruitless = fc.constantFrom<Try>('refused', { count: 0 }, { count: 0, failure: unreachable() });
    const anyFruitless = fc.array(fruitless, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(anyFruitless, fc.nat(5), async (script, attempts) => {
        const retry = { firstS: 0.001, mostS: 0.002, attempts };
        const scripted = new ScriptedCamera(script, { retry }).start();
        await until(() => scripted.error !== undefined);
        legal(scripted.statuses, attempts);
        expect(scripted.statuses.at(-1)).toMatchObject({ state: 'failed', failures: attempts + 1 });
        expect(scripted.script.tries).toBe(attempts + 1);
        expect(scripted.isOver).toBe(true);
        expect(scripted.sources.every(({ shut }) => shut)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('may be stopped at any moment: nothing is opened afterwards and nothing stays open', async () => {
    const moments = fc.record({ script: anyScript, statuses: fc.integer({ min: 1, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(moments, async ({ script, statuses }) => {
        const scripted = new ScriptedCamera([...script, { count: Infinity }], { stallS: STALL_S }).start();
        // The moment of the n-th status, or that of the last try.
        const there = (): boolean => scripted.statuses.length >= statuses || scripted.script.tries > script.length;
        await until(there);
        scripted.stop();
        const { tries } = scripted.script;
        await until(() => scripted.sources.every(({ shut, opened, closed }) => shut && opened === closed));
        legal(scripted.statuses, Infinity);
        expect(scripted.camera.status.state).toBe('ended');
        expect(scripted.script.tries).toBe(tries);
      }),
      { numRuns: 25 },
    );
  });
});
