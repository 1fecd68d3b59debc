import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#dist/config/read-config.js';
import { expect, onTestFinished, test } from 'vitest';
import { rejection } from '../support/rejection.ts';

const good = 'sources: [{ name: a, input: "${HOME_OF_A}" }]\n';

function fileWith(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'framenest-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'framenest.yaml');
  writeFileSync(path, content);
  return path;
}

test('a file is read with the variables that are given', async () => {
  const { sources } = await readConfig(fileWith(good), { HOME_OF_A: 'a.mp4' });
  expect(sources[0]?.input).toBe('a.mp4');
});

test('an error names the file as it was given', async () => {
  const path = fileWith(good);
  expect((await rejection(readConfig(path, {}))).what).toBe(
    `${path}:1:29: "\${HOME_OF_A}": the environment has no variable HOME_OF_A.`,
  );
});

test('a file may have one MiB and no byte more', async () => {
  const rest = '#'.repeat((1 << 20) - good.length);
  expect((await readConfig(fileWith(good + rest), { HOME_OF_A: 'a' })).sources).toHaveLength(1);
  const error = await rejection(readConfig(fileWith(`${good}${rest}#`), { HOME_OF_A: 'a' }));
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', retryable: false, closeCode: 4400 });
  expect(error.what).toMatch(/ has more than 1048576 bytes\.$/);
});

test('what is no file, no text or not there is CONFIG_INVALID', async () => {
  const missing = await rejection(readConfig('/nowhere/framenest.yaml'));
  expect(missing).toMatchObject({
    code: 'CONFIG_INVALID',
    what: '/nowhere/framenest.yaml cannot be read: there is no such file.',
  });
  expect((await rejection(readConfig(tmpdir()))).what).toBe(`${tmpdir()} cannot be read: EISDIR.`);
  expect((await rejection(readConfig('/dev/zero'))).what).toContain('more than 1048576 bytes');
  const latin = await rejection(readConfig(fileWith(Uint8Array.of(0x61, 0x3a, 0x20, 0xe9, 0x0a))));
  expect(latin.what).toMatch(/ is not in UTF-8\.$/);
});
