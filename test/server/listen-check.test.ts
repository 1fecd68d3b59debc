import { Access } from '#dist/server/access.js';
import { checkListen } from '#dist/server/listen-check.js';
import { describe, expect, test } from 'vitest';
import { thrownBy } from '../support/error-code.ts';

const open = new Access();
const guarded = new Access([{ name: 'all', token: 'a-token-for-everything', streams: ['*'] }]);

describe('a server', () => {
  test.each(['127.0.0.1', '::1', 'localhost'])('may listen on %s without more', (host) => {
    for (const access of [open, guarded]) expect(checkListen({ host, access, tls: false })).toBeUndefined();
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'cameras.example', ''])('may not listen on %j without a token', (host) => {
    for (const tls of [false, true]) {
      const error = thrownBy(() => checkListen({ host, access: open, tls }));
      expect(error.code).toBe('LISTEN_REFUSED');
      expect(error.what).toContain(`"${host}"`);
      expect(error.mend).toContain('FRAMENEST_TOKEN');
    }
  });

  test('may listen anywhere with one, and is warned of doing so in the clear', () => {
    expect(checkListen({ host: '0.0.0.0', access: guarded, tls: true })).toBeUndefined();
    expect(checkListen({ host: '0.0.0.0', access: guarded, tls: false })).toContain('without TLS');
  });
});
