import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTls } from '#dist/server/tls.js';
import { describe, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { hasOpenssl, selfSigned } from '../support/self-signed.ts';

describe.skipIf(!hasOpenssl)('certificate and key', () => {
  test('are read where they belong together', async () => {
    const { cert, key } = selfSigned();
    const identity = await readTls({ cert, key });
    expect(identity).toEqual({ cert: readFileSync(cert), key: readFileSync(key) });
  });

  test('are read with a warning where the certificate is not valid now', async () => {
    const files = selfSigned();
    for (const days of [-1, 11]) {
      const { warning } = await readTls(files, Date.now() + days * 86_400_000);
      expect(warning).toContain(`${files.cert} is valid from`);
    }
  });

  test('are refused where something is wrong with a file, and nothing of a key is repeated', async () => {
    const files = selfSigned();
    const other = selfSigned();
    const path = (name: string): string => join(files.dir, name);
    const secret = readFileSync(files.key, 'utf8');
    writeFileSync(path('half.pem'), secret.slice(0, secret.length / 2));
    writeFileSync(path('huge.pem'), Buffer.alloc((1 << 20) + 1, 'x'));
    const lock = ['pkey', '-in', files.key, '-aes256', '-passout', 'pass:abcd', '-out', path('locked.pem')];
    expect(spawnSync('openssl', lock).status).toBe(0);
    const cases = [
      [{ cert: path('none.pem') }, 'none.pem cannot be read: there is no such file'],
      [{ key: path('none.pem') }, 'none.pem cannot be read: there is no such file'],
      [{ cert: files.dir }, 'cannot be read: EISDIR'],
      [{ cert: files.key }, 'holds no certificate'],
      [{ key: files.cert }, 'holds no private key'],
      [{ key: path('half.pem') }, 'half.pem holds no private key without a passphrase'],
      [{ key: path('locked.pem') }, 'locked.pem holds no private key without a passphrase'],
      [{ key: path('huge.pem') }, 'has more than 1048576 bytes'],
      [{ key: other.key }, `${other.key} does not belong to the certificate`],
    ] as const;
    for (const [wrong, words] of cases) {
      const error = await rejection(readTls({ cert: files.cert, key: files.key, ...wrong }));
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.what).toContain(words);
      expect(error.cause).toBeUndefined();
      for (const line of secret.split('\n').filter((each) => /^[\w+/=]{20,}$/.test(each))) {
        expect(error.message).not.toContain(line);
      }
    }
  });
});
