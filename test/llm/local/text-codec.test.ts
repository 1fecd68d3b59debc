import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextCodec } from '#dist/llm/local/text-codec.js';
import { canMakeTinyDecoder, tinyDecoder } from '../../support/tiny-decoder.ts';

describe.skipIf(!canMakeTinyDecoder())('TextCodec', () => {
  const tiny = tinyDecoder();
  const json = (name: string): object => JSON.parse(readFileSync(`${tiny.folder}/${name}`, 'utf8')) as object;
  const codecOf = (): TextCodec => new TextCodec(json('tokenizer.json'), json('tokenizer_config.json'));

  it('gives back what it was given', () => {
    const codec = codecOf();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
        // The model's normalizer is NFC.
        const wanted = text.normalize('NFC');
        expect(codec.decode(codec.encodePlain(text))).toBe(wanted);
      }),
    );
  });

  it('merges letters by the rules of the file', () => {
    const codec = codecOf();
    const words = codec.encode('what is the door?').map((id) => codec.markOf(id));
    expect(words).toEqual(['w', 'hat', 'Ġis', 'Ġthe', 'Ġdoor', '?']);
  });

  it('reads control tokens as such or as letters, and leaves them out of text', () => {
    const codec = codecOf();
    const text = 'a<image>b<|im_end|>';
    const [a, image, b, end] = codec.encode(text);
    expect([image, end].map((id) => codec.markOf(id ?? -1))).toEqual(['<image>', '<|im_end|>']);
    expect(codec.decode([a, image, b, end].map((id) => id ?? -1))).toBe('ab');
    expect(codec.holdsMark(text)).toBe(true);
    expect(codec.holdsMark('a < b')).toBe(false);
    expect(codec.decode(codec.encodePlain(text))).toBe(text);
    expect(codec.idOf('<image>')).toBe(image);
    expect(codec.idOf('no such token')).toBeUndefined();
  });

  it('sees through what a normaliser makes of text, and lets no vocabulary bring control tokens back', () => {
    const normalizer = { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Lowercase' }] };
    const codec = new TextCodec({ ...json('tokenizer.json'), normalizer }, json('tokenizer_config.json'));
    const control = codec.idOf('<image>');
    for (const text of ['\uff1cimage\uff1e', '\uff1cIMAGE\uff1e']) {
      // The danger: the package takes it for the control token.
      expect(codec.encode(text)).toContain(control);
      expect(codec.holdsMark(`a${text}`)).toBe(true);
      expect(codec.encodePlain(text)).not.toContain(control);
      expect(codec.decode(codec.encodePlain(text))).toBe('<image>');
    }
  });

  it('knows nothing as nothing', () => {
    const codec = codecOf();
    expect(codec.encode('')).toEqual([]);
    expect(codec.encodePlain('')).toEqual([]);
    expect(codec.decode([])).toBe('');
  });
});
