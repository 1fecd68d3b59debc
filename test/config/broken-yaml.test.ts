import { parseConfig } from '#dist/config/parse-config.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { codeOf } from '../support/error-code.ts';
import { fuzzRuns, fuzzTimeoutMs } from '../support/fuzz-runs.ts';
import { complaints } from './complaints.ts';
import { configFiles } from './config-files.ts';

describe('a text that is no YAML', () => {
  test.each([
    ['a key given twice', 'log:\nsources: []\nlog:\n', '3:1: this key was given before.'],
    ['a text without an end', 'sources:\n  - name: "gate\n    input: b\n', '4:1: no YAML: Missing closing "quote.'],
    ['a tab', 'sources:\n\t- name: a\n', '2:1: no YAML: Tabs are not allowed as indentation.'],
    ['an indent', 'log:\n  level: a\n level: a\n', '3:1: no YAML: All mapping items must start at the same column.'],
    ['an unknown alias', 'sources: *all\n', '1:10: no anchor "&all" stands before this alias.'],
    ['a tag', 'sources: !all []\n', '1:10: no YAML: Unresolved tag: !all.'],
    ['a second document', 'log:\n---\nlog:\n', '2:1: the file holds more than one document.'],
    ['a key that is a list', '[a]: b\n', '1:1: a key must be text.'],
  ])('%s: is told with its place', (_, text, expected) => {
    expect(complaints(text)).toContain(expected);
  });

  test.each([
    'input: "a" secret',
    'input: a\n  b: secret: d',
    '- a\nsecret: 1',
    '}secret',
    'a: "\\q secret"',
    'a: `secret`',
  ])('%j is not shown: it could be a part of a password', (text) => {
    expect(complaints(text).join('\n')).not.toContain('secret');
  });

  test('is refused where aliases let it grow without end', () => {
    const level = (i: number): string =>
      i === 0
        ? 'x'
        : Array(9)
            .fill(`*a${i - 1}`)
            .join(', ');
    const levels = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${level(i)}]`);
    expect(complaints(levels.join('\n'))).toEqual(['1:1: aliases are used too often: 1000 times at most.']);
    expect(complaints('sources: &s [*s]')[0]).toContain('sources[0]');
  });

  test('is refused where it is nested without end', () => {
    const deep = [`sources: ${'['.repeat(100_000)}`, '- '.repeat(100_000), indents(1000)];
    for (const text of deep) expect(complaints(text).join()).toMatch(/^\d+:\d+: too deeply nested\.$/);
  });
});

/** Maps inside each other, a line each. */
function indents(levels: number): string {
  return Array.from({ length: levels }, (_, i) => `${' '.repeat(i)}a:`).join('\n');
}

test(
  'a valid file that was damaged anywhere is taken or refused with a code, and nothing else',
  () => {
    const signs = '{ } [ ] : - * & ! | > # % @ ` " , \n \t $ ~ 0 9 a null __proto__'.split(' ');
    const sign = fc.constantFrom(...signs, ' ', '? ');
    const written = fc.array(sign, { maxLength: 6 }).map((parts) => parts.join(''));
    const damage = fc.tuple(fc.nat(2000), fc.nat(20), written);
    const seen = new Set<string | undefined>();
    fc.assert(
      fc.property(configFiles, fc.array(damage, { minLength: 1, maxLength: 4 }), (file, damages) => {
        let text = stringify(file);
        for (const [at, length, instead] of damages) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + instead + text.slice(start + length);
        }
        seen.add(codeOf(() => parseConfig(text)));
      }),
      { numRuns: Math.ceil(fuzzRuns / 4) },
    );
    expect(seen).toEqual(new Set([undefined, 'CONFIG_INVALID']));
  },
  fuzzTimeoutMs,
);
