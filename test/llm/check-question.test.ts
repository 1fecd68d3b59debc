import { checkQuestion } from '#dist/llm/check-question.js';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../support/error-code.ts';

describe('checkQuestion', () => {
  test('lets through what a host can be asked', () => {
    for (const question of [{}, { maxTokens: 1, temperature: 2 }, { maxTokens: 1_000_000, system: 'Be brief.' }]) {
      expect(() => checkQuestion({ prompt: 'What?', ...question }, 'a host', false)).not.toThrow();
    }
  });

  test.each([
    { maxTokens: NaN },
    { maxTokens: 0 },
    { maxTokens: 1.5 },
    { maxTokens: 1e9 },
    { temperature: NaN },
    { temperature: -1 },
    { temperature: 2.1 },
    { system: 'x'.repeat(1 << 20) },
  ])('refuses $maxTokens tokens, temperature $temperature or a text without end', (question) => {
    expect(codeOf(() => checkQuestion({ prompt: 'What?', ...question }, 'a host', false))).toBe('OPTION_INVALID');
  });

  test('refuses everything once the host is closed', () => {
    expect(codeOf(() => checkQuestion({ prompt: 'What?' }, 'a host', true))).toBe('ABORTED');
  });
});
