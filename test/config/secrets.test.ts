import { parseConfig } from '#dist/config/parse-config.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { thrownBy } from '../support/error-code.ts';

const places = [
  'sources: [{ name: VALUE, input: a, fps: 0 }]',
  'sources: [{ name: a, input: VALUE, fps: 0 }]',
  'sources: [{ name: a, input: a, fps: VALUE }]',
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
    for (const place of places.slice(0, 9)) {
      const text = place.replaceAll('VALUE', () => JSON.stringify(`${url}\${NOPE}`));
      expect(thrownBy(() => parseConfig(text)).message).not.toMatch(/hun|ter2/);
    }
    const asKey = `${JSON.stringify(url)}: 1\nsources: [{ name: a, input: b }]`;
    expect(thrownBy(() => parseConfig(asKey)).message).not.toMatch(/hun|ter2/);
  }
});
