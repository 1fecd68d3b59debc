import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { load } from './live-bench.ts';

type Half = 'A' | 'B';

interface File {
  readonly name: string;
  readonly class: string;
}

const { halvesByRule, halvesOf } = await load<{
  halvesByRule: (files: readonly File[]) => Record<string, Half>;
  halvesOf: (files: readonly File[], known?: Record<string, Half>) => Record<string, Half>;
}>('halves');

const json = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../bench/quality/${name}.json`, import.meta.url), 'utf8'));
const split = json('split') as Record<string, Half>;
const classes = json('classes') as Record<string, string>;
const recorded = Object.keys(split).map((name) => ({
  name,
  class: classes[name] ?? classes[name.slice(0, name.lastIndexOf('/') + 1)]!,
}));

const files = fc
  .uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 })
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.record({ name: fc.constant(name), class: fc.nat(4).map(String) }))),
  );

/** The halves that each class has clips in. */
function halvesByClass(
  all: readonly File[],
  halves: Record<string, Half>,
): Map<string, { clips: number; in: Set<Half> }> {
  const found = new Map<string, { clips: number; in: Set<Half> }>();
  for (const file of all) {
    const kind = found.get(file.class) ?? { clips: 0, in: new Set() };
    found.set(file.class, { clips: kind.clips + 1, in: kind.in.add(halves[file.name]!) });
  }
  return found;
}

describe('the halves of a folder', () => {
  test('have each clip once, each class of two clips or more in both, and no clip more than one beyond the other', () => {
    fc.assert(
      fc.property(files, (all) => {
        const halves = halvesByRule(all);
        expect(Object.keys(halves).sort()).toEqual(all.map(({ name }) => name).sort());
        for (const kind of halvesByClass(all, halves).values()) expect(kind.in.size).toBe(Math.min(2, kind.clips));
        const inA = Object.values(halves).filter((half) => half === 'A').length;
        expect([0, 1]).toContain(inA - (all.length - inA));
      }),
    );
  });

  test('do not depend on the order in which the clips are found', () => {
    fc.assert(
      fc.property(files, (all) => {
        expect(halvesByRule([...all].reverse())).toEqual(halvesByRule(all));
      }),
    );
  });

  test('leave a clip that was split once where it is, whatever comes beside it', () => {
    fc.assert(
      fc.property(files, files, (before, after) => {
        const known = halvesByRule(before);
        const halves = halvesOf(after, known);
        expect(Object.keys(halves).sort()).toEqual(after.map(({ name }) => name).sort());
        for (const { name } of after) if (known[name]) expect(halves[name]).toBe(known[name]);
      }),
    );
  });
});

describe('the halves of the clips of docs/quality.md', () => {
  test('are what the rule makes of them, with every class of two clips in both', () => {
    expect(split).toEqual(halvesByRule(recorded));
    expect(halvesOf(recorded)).toEqual(split);
    const kinds = halvesByClass(recorded, split);
    expect([...kinds.keys()].sort()).toEqual([...new Set(Object.values(classes))].sort());
    for (const kind of kinds.values()) if (kind.clips > 1) expect(kind.in.size).toBe(2);
  });

  test('have every clip that has a class', () => {
    for (const name of Object.keys(classes)) {
      const clips = recorded.filter((clip) => clip.name === name || (name.endsWith('/') && clip.name.startsWith(name)));
      expect(clips.length, name).toBeGreaterThan(0);
    }
  });
});
