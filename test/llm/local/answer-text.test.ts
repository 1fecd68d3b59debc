import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerText } from '#dist/llm/local/answer-text.js';

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const decode = (tokens: readonly number[]): string => utf8.decode(Uint8Array.from(tokens));

describe('AnswerText', () => {
  it('gives out each character whole, when its last byte is there', () => {
    const text = new AnswerText(decode);
    const pieces = bytesOf('aé😀').map((byte) => text.push(byte));
    expect(pieces).toEqual(['a', '', 'é', '', '', '', '😀']);
    expect(text.end()).toBe('');
  });

  it('gives out all of a text and nothing else, no piece with half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (whole) => {
        const text = new AnswerText(decode);
        const pieces = bytesOf(whole).map((byte) => text.push(byte));
        expect(pieces.join('') + text.end()).toBe(whole);
        expect(pieces.filter((piece) => /[\ud800-\udfff]/u.test(piece))).toEqual([]);
      }),
    );
  });

  it('keeps what depends on the token before: a space that a decoder leaves out at the beginning', () => {
    const words = ['▁the', '▁door', 's'];
    const text = new AnswerText((tokens) =>
      tokens
        .map((token) => words[token])
        .join('')
        .replaceAll('▁', ' ')
        .replace(/^ /, ''),
    );
    expect([0, 1, 2].map((token) => text.push(token))).toEqual(['the', ' door', 's']);
  });

  it('gives out at the end what is cut there', () => {
    const text = new AnswerText(decode);
    expect(
      bytesOf('ok😀')
        .slice(0, 4)
        .map((byte) => text.push(byte)),
    ).toEqual(['o', 'k', '', '']);
    expect(text.end()).toBe('\ufffd');
  });

  it('gives out bytes that are no text once text follows', () => {
    const text = new AnswerText(decode);
    expect([0xff, 0xfe, 0x61].map((byte) => text.push(byte))).toEqual(['', '', '\ufffd\ufffda']);
  });
});
