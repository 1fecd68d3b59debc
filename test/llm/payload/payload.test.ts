import { spawnSync } from 'node:child_process';
import { npyFile } from '#dist/llm/payload/npy.js';
import { floatTensor, integerTensor } from '#dist/llm/payload/tensor.js';
import type { PayloadTensor } from '#dist/llm/payload/tensor.js';
import { torchFile } from '#dist/llm/payload/torch-file.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharedTensorReader, tensorReaderOrSkip } from '../../support/tensor-reader.ts';

const names = { F16: 'float16', BF16: 'bfloat16', F32: 'float32', I64: 'int64' } as const;
const writers = { npy: npyFile, torch: torchFile } as const;

/** Numbers that the format holds exactly, so that whoever reads them must get the very same. */
const exact = {
  F16: fc.tuple(fc.integer({ min: -2047, max: 2047 }), fc.integer({ min: -8, max: 4 })),
  BF16: fc.tuple(fc.integer({ min: -255, max: 255 }), fc.integer({ min: -60, max: 60 })),
  F32: fc.tuple(fc.integer({ min: -(2 ** 24) + 1, max: 2 ** 24 - 1 }), fc.integer({ min: -60, max: 60 })),
} as const;

const shapes = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70 })),
  fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
);

describe.skipIf(!tensorReaderOrSkip())('payloads, as Python reads them', () => {
  const reader = sharedTensorReader();

  const read = (payload: keyof typeof writers, tensor: PayloadTensor) =>
    reader.read(Buffer.from(writers[payload](tensor)).toString('base64'), [payload], true);

  for (const [payload, dtype] of [
    ['npy', 'F16'],
    ['npy', 'F32'],
    ['torch', 'F16'],
    ['torch', 'BF16'],
    ['torch', 'F32'],
  ] as const) {
    test(`a ${payload} file of ${dtype} has the shape and the very values that were written`, async () => {
      const tensors = shapes.chain((shape) => {
        const length = shape.reduce((product, size) => product * size, 1);
        return fc.tuple(fc.constant(shape), fc.array(exact[dtype], { minLength: length, maxLength: length }));
      });
      await fc.assert(
        fc.asyncProperty(tensors, async ([shape, pairs]) => {
          const values = pairs.map(([digits, exponent]) => digits * 2 ** exponent);
          const got = await read(payload, floatTensor(Float32Array.from(values), shape, dtype));
          expect(got).toEqual({ dtype: names[dtype], shape, contiguous: true, values });
        }),
        { numRuns: 60 },
      );
    });
  }

  for (const payload of ['npy', 'torch'] as const) {
    test(`a ${payload} file of whole numbers is int64 of one dimension`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 5 }), async (values) => {
          const got = await read(payload, integerTensor(values));
          expect(got).toEqual({ dtype: 'int64', shape: [values.length], contiguous: true, values });
        }),
        { numRuns: 30 },
      );
    });
  }

  test('a value between two of a format becomes the nearest, as torch itself rounds, and F16 saturates', async () => {
    const given = Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 0.1, -1e-7, 1e6, -1e6);
    const half = await read('torch', floatTensor(given, [6], 'F16'));
    expect(half.values).toEqual([1, 1 + 2 ** -9, 0.0999755859375, -(2 ** -23), 65504, -65504]);
    const brain = await read('torch', floatTensor(given, [6], 'BF16'));
    expect(brain.values).toEqual([1, 1, 0.10009765625, -1.0011717677116394e-7, 999_424, -999_424]);
  });

  test('values of a view into a larger buffer are those of the view', async () => {
    const all = Float32Array.from({ length: 12 }, (_, i) => i);
    for (const dtype of ['F16', 'F32', 'BF16'] as const) {
      const got = await read('torch', floatTensor(all.subarray(3, 9), [2, 3], dtype));
      expect(got.values).toEqual([3, 4, 5, 6, 7, 8]);
    }
  });

  test('what torch.save writes is an archive without damage, whose values begin at a multiple of 64 bytes', () => {
    const file = torchFile(floatTensor(Float32Array.of(1, 2, 3), [1, 3], 'F32'));
    const script =
      'import io, sys, zipfile; z = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())); ' +
      'print(z.testzip(), z.namelist(), {i.compress_type for i in z.infolist()})';
    const { stdout } = spawnSync('/usr/bin/python3', ['-c', script], { input: file, encoding: 'utf8' });
    expect(stdout.trim()).toBe(
      "None ['archive/data.pkl', 'archive/byteorder', 'archive/data/0', 'archive/version'] {0}",
    );
    const values = Buffer.from(Float32Array.of(1, 2, 3).buffer);
    expect(Buffer.from(file).indexOf(values) % 64).toBe(0);
  });
});

test('equal tensors give equal bytes, and no more than 2 KiB beside their values', () => {
  const tensor = (): PayloadTensor =>
    floatTensor(
      Float32Array.from({ length: 36 * 64 }, (_, i) => Math.sin(i)),
      [36, 64],
      'F16',
    );
  for (const write of Object.values(writers)) {
    expect(write(tensor())).toEqual(write(tensor()));
    expect(write(tensor()).length - 36 * 64 * 2).toBeLessThan(2048);
  }
});

test('NumPy has no bfloat16, and the error says what to take instead', () => {
  const tensor = floatTensor(Float32Array.of(1), [1], 'BF16');
  expect(() => npyFile(tensor)).toThrow(/F16 or F32, or the payload "torch"/);
});
