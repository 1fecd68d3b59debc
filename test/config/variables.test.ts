import { fillVariables } from '#dist/config/variables.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escaped } from './config-files.ts';

test('a text without a variable stays as it is', () => {
  const texts = fc.string().filter((text) => !text.includes('${'));
  fc.assert(
    fc.property(texts, (text) => {
      expect(fillVariables(text, {})).toEqual({ text, faults: [] });
    }),
  );
});

test('a text whose braces are escaped comes out unescaped', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A') }), (text) => {
      expect(fillVariables(escaped(text), { A: 'x' })).toEqual({ text, faults: [] });
    }),
  );
});

test('every variable is replaced, also by nothing; what is wrong stays and is told once', () => {
  const env = { A: 'one', B: '$&${A}', NONE: '' };
  expect(fillVariables('${A}${B}-${NONE}-$${A}', env).text).toBe('one$&${A}--${A}');
  expect(fillVariables('${X}${A}${X}', env)).toEqual({
    text: '${X}one${X}',
    faults: ['the environment has no variable X'],
  });
  for (const wrong of ['${', '${}', '${1}', '${A B}', '${A']) {
    const { text, faults } = fillVariables(wrong, env);
    expect(text).toBe(wrong);
    expect(faults).toHaveLength(1);
  }
});
