import { parseAnalyzeOptions } from '#dist/analyze/analyze-options.js';
import { FramenestError } from '#dist/errors.js';
import { describe, expect, test } from 'vitest';

describe('the options of an analysis', () => {
  test('have defaults', () => {
    expect(parseAnalyzeOptions({})).toEqual({ tau: 0.3, frames: 2000, seed: 1 });
  });

  test.each([
    ['tau', 0],
    ['tau', 1.5],
    ['tau', NaN],
    ['frames', 0],
    ['frames', 2.5],
    ['frames', 10_001],
    ['seed', -1],
  ])('refuse %s %d with OPTION_INVALID, its value and where to look', (name, value) => {
    const call = (): unknown => parseAnalyzeOptions({ [name]: value });
    expect(call).toThrow(FramenestError);
    expect(call).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    expect(call).toThrow(`Option "${name}" is ${value}`);
    expect(call).toThrow('docs/analyze.md');
  });

  test('refuse what they do not know', () => {
    expect(() => parseAnalyzeOptions({ speed: 9 } as object)).toThrow('Option "speed" is 9');
  });
});
