import { isLoopback, mayConnect, parseOrigins } from '#dist/server/origin.js';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../support/error-code.ts';

describe('loopback addresses', () => {
  test.each(['localhost', '127.0.0.1', '127.255.0.9', '::1', '[::1]'])('%s is one', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  test.each([
    '',
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '127.0.0.1.example.com',
    'localhost.example.com',
    '1127.0.0.1',
    '127.1',
  ])('%j is none', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('origins', () => {
  const listed = parseOrigins(['https://Page.example:443/some/path', 'http://localhost:5173']);

  test('are compared as browsers send them', () => {
    expect([...listed]).toEqual(['https://page.example', 'http://localhost:5173']);
    expect(mayConnect({ origin: 'https://page.example', host: '127.0.0.1:1' }, listed)).toBe(true);
    expect(mayConnect({ origin: 'http://page.example', host: '127.0.0.1:1' }, listed)).toBe(false);
  });

  test('are not needed by programs', () => {
    expect(mayConnect({ host: 'anything' }, listed)).toBe(true);
  });

  test.each(['page.example', '*', '', 'file:///page.html', 'data:text/html,hello'])('refuse %j', (text) => {
    expect(codeOf(() => parseOrigins([text]))).toBe('OPTION_INVALID');
  });
});
