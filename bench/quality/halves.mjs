import { readFileSync } from 'node:fs';

/** @type {Record<string, 'A' | 'B'>} Halves of the clips of docs/quality.md, as {@link halvesByRule} made them. */
const SPLIT = JSON.parse(readFileSync(new URL('./split.json', import.meta.url), 'utf8'));

/**
 * Two halves by a rule that knows no result: in the order of class and name, A and B in turn. So each half has every class
 * of two clips or more.
 * @param {readonly { name: string, class: string }[]} files
 * @returns {Record<string, 'A' | 'B'>} by name
 */
export function halvesByRule(files) {
  const sorted = [...files].sort((a, b) => compare(a.class, b.class) || compare(a.name, b.name));
  return Object.fromEntries(sorted.map(({ name }, i) => [name, i % 2 === 0 ? 'A' : 'B']));
}

/**
 * The half of each clip. Clips that were split once stay where they are, whatever comes beside them: else one that was
 * tuned on would be reported on.
 * @param {readonly { name: string, class: string }[]} files
 * @param {Record<string, 'A' | 'B'>} [known] default: those of docs/quality.md
 * @returns {Record<string, 'A' | 'B'>} by name
 */
export function halvesOf(files, known = SPLIT) {
  const rest = halvesByRule(files.filter(({ name }) => known[name] === undefined));
  return Object.fromEntries(files.map(({ name }) => [name, known[name] ?? rest[name]]));
}

/** Not by locale: the same everywhere. */
function compare(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
