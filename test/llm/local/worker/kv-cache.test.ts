import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvCache, positionsIn } from '#dist/llm/local/worker/kv-cache.js';

const shape = {
  channels: 4,
  vocabulary: 8,
  layers: 2,
  heads: 3,
  headSize: 2,
  cacheType: 'float32',
  inputType: 'float32',
  takesPositions: true,
} as const;

describe('KvCache', () => {
  it('holds what runs wrote, without what was dropped, whatever the order', () => {
    const steps = fc.array(fc.record({ keep: fc.nat(700), add: fc.integer({ min: 1, max: 120 }) }), { maxLength: 8 });
    fc.assert(
      fc.property(steps, (wanted) => {
        const cache = new KvCache(shape, 4096);
        let model: number[] = [];
        let next = 1;
        for (const { keep, add } of wanted) {
          cache.keep(keep);
          model = [...model.slice(0, keep), ...Array.from({ length: add }, () => next++)];
          fakeRun(cache, model);
          expect(cache.length).toBe(model.length);
        }
        for (const [name, tensor] of Object.entries(cache.past())) {
          expect(tensor.dims).toEqual([1, 3, model.length, 2]);
          expect(Array.from(tensor.data as Float32Array)).toEqual(valuesOf(name, model));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a run that is longer than its limit', () => {
    expect(() => new KvCache(shape, 5).present(6)).toThrow(RangeError);
  });

  it('counts both halves into its memory', () => {
    // 2 halves × 2 layers × 2 × 3 heads × 2 × 4 bytes.
    expect(positionsIn(1920, shape)).toBe(10);
    expect(positionsIn(1919, shape)).toBe(9);
    expect(positionsIn(1, shape)).toBe(1);
  });
});

/** What a model does: writes what is held, and the new positions after it, head by head. */
function fakeRun(cache: KvCache, model: readonly number[]): void {
  const held = cache.length;
  for (const [name, tensor] of Object.entries(cache.past())) {
    expect(Array.from(tensor.data as Float32Array)).toEqual(valuesOf(name, model.slice(0, held)));
  }
  for (const [name, tensor] of Object.entries(cache.present(model.length))) {
    (tensor.data as Float32Array).set(valuesOf(name, model));
  }
  cache.commit(model.length);
}

function valuesOf(name: string, model: readonly number[]): number[] {
  const layer = Number(name.split('.')[1]);
  const part = name.endsWith('key') ? 0 : 1;
  return [0, 1, 2].flatMap((head) =>
    model.flatMap((id) => [0, 1].map((channel) => id * 100 + layer * 50 + part * 20 + head * 2 + channel / 2)),
  );
}
