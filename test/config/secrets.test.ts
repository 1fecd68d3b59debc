import { parseConfig } from '#dist/config/parse-config.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { thrownBy } from '../support/error-code.ts';

const places = [
  'sources: [{ name: VALUE, input: a, fps: 0 }]',
  'sources: [{ name: a, input: VALUE, fps: 0 }]',
  'sources: [{ name: a, input: a, fps: VALUE }]',
  'sources: [{ name: a, input: a.mp4, scoreInput: VALUE }]',
  'sources: [{ name: a, input: a, policy: VALUE, layout: tree, tau: 1 }]',
  'sources: [{ name: a, input: a, dtype: VALUE, ladder: [VALUE], hide: [VALUE] }]',
  'sources: [{ name: a, input: a, retry: VALUE }, VALUE]',
  'sources: VALUE',
  'encoder: { name: VALUE, device: VALUE }\nlog: { level: VALUE }\nlisten: { host: VALUE, origins: [VALUE] }\n',
  'defaults: { live: VALUE, nope: VALUE }\nsources: [{ name: a, input: a }]',
  'sources: [{ name: a, input: rtsp://u:${SECRET}@h/${NOPE} }, { name: "a b", input: "${SECRET}" }]',
];

test('the value of a variable is in no message, wherever the variable stands and whatever is wrong', () => {
  const secrets = fc.stringMatching(/^[A-Za-z0-9 :@/"{}$*&!#%?=[\]-]{5,40}$/).map((text) => `q7${text}Zx`);
  fc.assert(
    fc.property(secrets, fc.constantFrom(...places), (secret, place) => {
      const text = place.replaceAll('VALUE', () => '"${SECRET}"');
      const error = thrownBy(() => parseConfig(text, { env: { SECRET: secret } }));
      expect(error.code).toBe('CONFIG_INVALID');
      for (const part of [error.message, String(error.stack), JSON.stringify(error.cause ?? null)]) {
        expect(part).not.toContain(secret);
      }
    }),
  );
});

test('credentials of a URL are in no message, nor are fields that are named like a secret', () => {
  for (const url of ['rtsp://viewer:hunter2@h/1', 'http://h/?user=a&password=hunter2', 'rtsp://viewer:hun@ter2@h']) {
    for (const place of places.slice(0, 10)) {
      const text = place.replaceAll('VALUE', () => JSON.stringify(`${url}\${NOPE}`));
      expect(thrownBy(() => parseConfig(text)).message).not.toMatch(/hun|ter2/);
    }
    const asKey = `${JSON.stringify(url)}: 1\nsources: [{ name: a, input: b }]`;
    expect(thrownBy(() => parseConfig(asKey)).message).not.toMatch(/hun|ter2/);
  }
});

const inAccess = [
  'access: VALUE',
  'access: [VALUE]',
  'access: { tokens: VALUE }',
  'access: { tokens: [VALUE] }',
  'access: { tokens: [{ name: a, token: VALUE }] }',
  'access: { tokens: [{ name: a, token: [VALUE] }] }',
  'access: { tokens: [{ name: a, token: { is: VALUE } }] }',
  'access: { tokens: [{ name: a, sha256: VALUE, streams: [a] }] }',
  'access: { tokens: [{ name: a, tokn: VALUE, streams: [a] }] }',
  'access: { tokens: [{ name: a, token: VALUE, sha256: VALUE, streams: [a] }] }',
  'access: { tokens: [{ name: a, token: "${NOPE}VALUE", streams: [a] }] }',
  'x: &t VALUE\naccess: { tokens: [{ name: a, token: *t }] }',
];

test.each(['Hunter2-hunter2-hunter2', '0123456789012345678901'])(
  'a token that somebody wrote into the file is in no message, whatever is wrong: %s',
  (token) => {
    for (const place of inAccess) {
      const text = `${place.replaceAll('VALUE', token)}\nsources: [{ name: a, input: b, fps: 0 }]`;
      const error = thrownBy(() => parseConfig(text));
      expect(error.message, place).not.toContain(token);
      expect(JSON.stringify([error.cause ?? null, error.stack])).not.toContain(token);
    }
  },
);

test('no token is kept in a configuration', () => {
  const [HERE, FILE] = ['from-the-environment', 'from-the-file-itself'];
  const text = `access: { tokens: [{ name: a, token: "\${T}", metrics: true }, { name: b, token: ${FILE}, metrics: true }] }`;
  const config = parseConfig(`${text}\nsources: [{ name: a, input: b }]`, { env: { T: HERE } });
  expect(config.access).toHaveLength(2);
  for (const secret of [HERE, FILE]) expect(JSON.stringify(config)).not.toContain(secret);
});
