import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '#dist/log/atomic-file.js';
import { describe, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';

describe('an atomic write', () => {
  test.each([['text', 'new'] as const, ['bytes', Uint8Array.of(1, 2, 255)] as const])(
    'of %s puts a whole file in place of the old one and leaves nothing beside it',
    async (_, data) => {
      const folder = await temporaryFolder({ file: 'the old and longer content' });
      await writeAtomic(join(folder, 'file'), data);
      expect(await readFile(join(folder, 'file'))).toEqual(Buffer.from(data));
      expect(await readdir(folder)).toEqual(['file']);
    },
  );

  test('that cannot replace leaves what was there, and nothing beside it', async () => {
    const folder = await temporaryFolder({});
    await mkdir(join(folder, 'file'));
    await writeFile(join(folder, 'file', 'inside'), 'kept');
    const error = await rejection(writeAtomic(join(folder, 'file'), 'new'));
    expect(error).toMatchObject({ code: 'OUTPUT_FAILED', retryable: true });
    expect(error.what).toContain(join(folder, 'file'));
    expect(await readdir(folder)).toEqual(['file']);
    expect(await readFile(join(folder, 'file', 'inside'), 'utf8')).toBe('kept');
  });

  test('into a folder that does not exist is OUTPUT_FAILED', async () => {
    const folder = await temporaryFolder({});
    expect((await rejection(writeAtomic(join(folder, 'no', 'file'), 'new'))).code).toBe('OUTPUT_FAILED');
  });
});
