import { readFileSync } from 'node:fs';
import { FramenestError, asFramenestError, errorCodes } from '#dist/errors.js';
import type { ErrorCode } from '#dist/errors.js';
import { describe, expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const codes = Object.keys(errorCodes) as ErrorCode[];
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);

describe('docs/errors.md', () => {
  test('has a heading for every code, in the order of the table, and no other', () => {
    expect([...sections.keys()]).toEqual(codes);
  });

  test.each(codes)('states of %s what the table states, and all that a reader needs', (code) => {
    const { retryable, closeCode } = errorCodes[code];
    const section = sections.get(code) ?? '';
    expect(section).toContain(`\nretryable: ${retryable ? 'yes' : 'no'}, close status: ${closeCode}\n`);
    for (const part of ['Means', 'Appears', 'Do'])
      expect(section).toMatch(new RegExp(`\\n- \\*\\*${part}:\\*\\* .+\\.\\n`));
  });
});

describe('an error', () => {
  test.each(codes)('of the code %s has the facts of the table', (code) => {
    const error = new FramenestError(code, { what: 'The cup is empty.', mend: 'Fill it.' });
    expect(error).toMatchObject({
      name: 'FramenestError',
      code,
      message: 'The cup is empty. Fill it.',
      ...errorCodes[code],
    });
    expect('cause' in error).toBe(false);
  });

  test('has a close status that a WebSocket may send, or one that only stands for a lost connection', () => {
    for (const { closeCode } of Object.values(errorCodes)) {
      expect([1001, 1002, 1006, 1007, 1009, 1011].includes(closeCode) || (closeCode >= 4000 && closeCode <= 4999)).toBe(
        true,
      );
    }
    const lost = codes.filter((code) => errorCodes[code].closeCode === 1006);
    expect(lost).toEqual(['CONNECTION_LOST']);
  });

  test('keeps its cause', () => {
    const cause = new Error('below');
    expect(new FramenestError('INTERNAL', { what: 'a', mend: 'b', cause }).cause).toBe(cause);
  });

  test('that is thrown by something else becomes INTERNAL with its cause; one of ours stays as it is', () => {
    const ours = new FramenestError('ABORTED', { what: 'a', mend: 'b' });
    expect(asFramenestError(ours)).toBe(ours);
    for (const thrown of [new TypeError('x is not a function'), 'text', undefined, null, 7]) {
      const wrapped = asFramenestError(thrown);
      expect(wrapped.code).toBe('INTERNAL');
      expect(wrapped.what).toContain(thrown instanceof Error ? thrown.message : String(thrown));
      expect(wrapped.cause).toBe(thrown ?? wrapped.cause);
    }
  });
});
