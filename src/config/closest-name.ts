/**
 * The name that was probably meant: the one with the fewest letters to insert, delete, replace or swap with the
 * next, upper and lower case, `-` and `_` aside. Undefined where none is near: more than two such steps, or more than a third of the name.
 */
export function closestName(name: string, names: readonly string[]): string | undefined {
  const bare = (text: string): string => text.replaceAll(/[-_]/g, '').toLowerCase();
  const limit = Math.min(2, Math.floor(bare(name).length / 3));
  const near = names.map((candidate) => ({ candidate, steps: distance(bare(name), bare(candidate)) }));
  const [best] = near.sort((a, b) => a.steps - b.steps);
  return best && best.steps <= limit ? best.candidate : undefined;
}

/** Levenshtein's distance with swaps (optimal string alignment). The table is small: names of keys are short. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  const table = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => table[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    table.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(a.length, b.length);
}
