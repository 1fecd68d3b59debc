import { describe, expect, test } from 'vitest';
import { contextTokens, parseDuration } from '#dist/cli/host-flags.js';
import type { HostFlags } from '#dist/cli/host-flags.js';
import type { LlmHost } from '#dist/llm/host.js';
import { thrownBy } from '../support/error-code.ts';

const host = (limit: number | undefined): LlmHost => ({
  ...{ name: 'a host', contextTokens: limit, takes: 'pictures' },
  ask: () => {
    throw new Error('Nobody asks.');
  },
  close: () => Promise.resolve(),
});
const flags: HostFlags = { host: 'openai', maxTokens: 256, temperature: 0 };

describe('the room for frames', () => {
  test('is 4096 tokens where the host has so much, or does not say', () => {
    expect(contextTokens(host(undefined), 'What?', flags)).toBe(4096);
    expect(contextTokens(host(128_000), 'What?', flags)).toBe(4096);
  });

  test('is what question and answer leave of a smaller context', () => {
    const room = contextTokens(host(2048), 'What?', flags);
    expect(room).toBeLessThan(2048 - 256);
    expect(room).toBeGreaterThan(2048 - 256 - 100);
    const longer = contextTokens(host(2048), 'What?', { ...flags, system: 'x'.repeat(300) });
    expect(room - longer).toBe(100);
  });

  test('is what was asked for, as long as it fits', () => {
    expect(contextTokens(host(2048), 'What?', { ...flags, context: 1000 })).toBe(1000);
    expect(contextTokens(host(undefined), 'What?', { ...flags, context: 100_000 })).toBe(100_000);
    const full = thrownBy(() => contextTokens(host(2048), 'What?', { ...flags, context: 2000 }));
    expect(full.code).toBe('CONTEXT_FULL');
    expect(full.what).toContain('2048');
    expect(thrownBy(() => contextTokens(host(300), 'What?', flags)).code).toBe('CONTEXT_FULL');
  });
});

describe('a duration', () => {
  test.each([
    ['10s', 10],
    ['500ms', 0.5],
    ['2m', 120],
    ['1.5h', 5400],
    ['7', 7],
    ['0s', 0],
  ])('is read from %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', 's', '-1s', '1 s', '10d', '1e3s', 'Infinity', '1s1s'])('is none: "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(/10s/);
  });
});
