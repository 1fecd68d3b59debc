import { parseSize } from '#dist/config/sizes.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test.each([
  ['0', 0],
  ['1048576', 1_048_576],
  [1_048_576, 1_048_576],
  ['1KiB', 1024],
  ['512MiB', 2 ** 29],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['16TiB', 2 ** 44],
])('%j is %d bytes', (size, bytes) => {
  expect(parseSize(size)).toBe(bytes);
});

test.each(['', ' 1', '1 ', '-1', '1.5', '1e6', '5GB', '5G', '5gib', '1  MiB', '1,5MiB', '0x10', 'MiB', '9'.repeat(16)])(
  '%j is none',
  (size) => {
    expect(parseSize(size)).toBeUndefined();
  },
);

test('a size is a whole number of bytes, or none', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.double(), fc.stringMatching(/^\d{1,16}(\.\d{1,4})? ?[KMGT]?i?B?$/)),
      (size) => {
        const bytes = parseSize(size);
        expect(bytes === undefined || (Number.isInteger(bytes) && bytes >= 0)).toBe(true);
      },
    ),
  );
});
