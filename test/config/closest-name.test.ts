import { closestName } from '#dist/config/closest-name.js';
import { expect, test } from 'vitest';

const names = ['name', 'input', 'fps', 'policy', 'tokensPerSecond', 'maxScale', 'hide', 'ignore', 'tau', 'live'];

test.each([
  ['polcy', 'policy'],
  ['fsp', 'fps'],
  ['FPS', 'fps'],
  ['max_scale', 'maxScale'],
  ['max-sclae', 'maxScale'],
  ['tokensPerSeconds', 'tokensPerSecond'],
  ['inputs', 'input'],
  ['live', 'live'],
])('%s means %s', (written, meant) => {
  expect(closestName(written, names)).toBe(meant);
});

test.each(['', 'x', 'ta', 'url', 'gamma', 'hybrid', 'constructor', '__proto__', 'n'.repeat(5000)])(
  '%j means nothing',
  (written) => {
    expect(closestName(written, names)).toBeUndefined();
  },
);

test('nothing is near where there are no names', () => {
  expect(closestName('fps', [])).toBeUndefined();
});
