import { describe, expect, test } from 'vitest';
import { FramenestError } from '#dist/errors.js';
import { answerLines, answerRows } from '#dist/cli/render/answer-rows.js';
import type { AnswerPrinter } from '#dist/cli/render/answer-rows.js';
import { jsonLines } from '../../support/json-lines.ts';

const span = { t0: 10, t1: 22.5, tokens: 300, coalesced: 0 };
const error = new FramenestError('HOST_BUSY', { what: 'It is busy.', mend: 'Wait.' });

/** What a printer makes of the same events. */
function printed(printer: (write: (text: string) => void) => AnswerPrinter, run: (printer: AnswerPrinter) => void) {
  let text = '';
  run(printer((piece) => (text += piece)));
  return text;
}

describe('answers for people', () => {
  test('stand under the time that they are about, each on lines of its own', () => {
    const text = printed(answerRows, ({ tell }) => {
      tell({ type: 'asked', ...span });
      tell({ type: 'piece', text: 'A cat.' });
      tell({ type: 'answer', text: 'A cat.', ...span });
      tell({ type: 'asked', ...span, coalesced: 1, atMs: Date.UTC(2026, 4, 1, 8, 30, 5) });
      tell({ type: 'piece', text: 'Two\n' });
      tell({ type: 'answer', text: 'Two\n', ...span });
    });
    expect(text).toBe(
      '0:00:10.000 – 0:00:22.500  300 tokens\nA cat.\n' +
        '0:00:10.000 – 0:00:22.500  08:30:05  300 tokens, 1 more question merged\nTwo\n',
    );
  });

  test('that fail say so, under what had come', () => {
    const text = printed(answerRows, ({ tell }) => {
      tell({ type: 'asked', ...span, coalesced: 2 });
      tell({ type: 'piece', text: 'Half an' });
      tell({ type: 'failed', error, ...span });
    });
    expect(text).toBe(
      '0:00:10.000 – 0:00:22.500  300 tokens, 2 more questions merged\nHalf an\nHOST_BUSY  It is busy.\n',
    );
  });

  test('that break off end their line', () => {
    const text = printed(answerRows, ({ tell, end }) => {
      tell({ type: 'asked', ...span });
      tell({ type: 'piece', text: 'Half' });
      end();
      end();
    });
    expect(text.endsWith('tokens\nHalf\n')).toBe(true);
  });

  test('do not steer the terminal', () => {
    const text = printed(answerRows, ({ tell }) => {
      tell({ type: 'piece', text: '\u001b]0;title\u0007a\u001b[2Jb\u009b1A\tc\r\u007f' });
      tell({ type: 'piece', text: '\u0000\u0008' });
    });
    expect(text).toBe(']0;titlea[2Jb1A\tc');
  });
});

describe('answers for programs', () => {
  test('are one object each, failures too', () => {
    const text = printed(answerLines, ({ tell, end }) => {
      tell({ type: 'asked', ...span });
      tell({ type: 'piece', text: 'A "cat"\n' });
      tell({ type: 'answer', text: 'A "cat"\n', ...span, atMs: 7 });
      tell({ type: 'failed', error, ...span });
      end();
    });
    expect(jsonLines(text)).toEqual([
      { t0: 10, t1: 22.5, text: 'A "cat"\n', tokens: 300, coalesced: 0, atMs: 7 },
      {
        ...{ t0: 10, t1: 22.5, tokens: 300, coalesced: 0 },
        error: { code: 'HOST_BUSY', message: 'It is busy.', mend: 'Wait.', retryable: true },
      },
    ]);
  });
});
