import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChatTemplate } from '#dist/llm/local/chat-template.js';
import { composePrompt, restOf, sharedLength } from '#dist/llm/local/prompt.js';
import type { Prompt } from '#dist/llm/local/prompt.js';
import { TextCodec } from '#dist/llm/local/text-codec.js';
import type { HeldFrame, TokenContent } from '#dist/llm/window-frame.js';
import { thrownBy } from '../../support/error-code.ts';
import { tinyFrame, tinyWindow } from '../../support/tiny-decoder.ts';

/** One token a byte, and two control tokens. */
const codec = new TextCodec(
  {
    added_tokens: ['<user>', '<image>'].map((content, index) => ({ id: 256 + index, content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false, trim_offsets: false },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: byteVocabulary(), merges: [], unk_token: null },
  },
  {},
);
const template = new ChatTemplate(
  "{% for m in messages %}<user>{% for p in m.content %}{{ p.text if p.type == 'text' else '<image>' }}{% endfor %}{% endfor %}:",
  '<image>',
  {},
  'm',
);
const parts = { codec, template, channels: 32, imageToken: 257 };
const user = 256;
const colon = 0x3a;

describe('composePrompt', () => {
  it('gives each frame as many positions as it has tokens, where it stands in the window', () => {
    const [a, b] = [tinyFrame('a', 4), tinyFrame('b', 1)];
    const { keys, frames } = prompt(['1 ', a, '2 ', b], '?');
    expect(keys).toEqual([user, 0x31, 0x20, 'a', 'a', 'a', 'a', 0x32, 0x20, 'b', 0x3f, colon]);
    expect(frames.map(({ at, frame }) => [at, frame.id])).toEqual([
      [3, 'a'],
      [9, 'b'],
    ]);
  });

  it('takes a question without frames', () => {
    expect(prompt([], 'Hi').keys).toEqual([user, 0x48, 0x69, colon]);
  });

  it('reads control tokens that somebody wrote as letters', () => {
    const { keys } = prompt([tinyFrame('a', 1)], '<image><user>');
    expect(keys).toEqual([user, 'a', ...new TextEncoder().encode('<image><user>'), colon]);
  });

  it.each([
    ['other channels', tinyFrame('a', 4, 31)],
    ['fewer values than tokens', { ...tinyFrame('a', 4), tokens: 9 }],
    ['no token', { ...tinyFrame('a', 0), tokens: 0 }],
  ])('refuses a frame of %s', (_, frame) => {
    expect(thrownBy(() => prompt([frame], '?')).code).toBe('HOST_MISMATCH');
  });

  it('refuses a template that writes an image of its own', () => {
    const odd = new ChatTemplate('<image>{% for m in messages %}{{ m.content }}{% endfor %}', '<image>', {}, 'm');
    const error = thrownBy(() => composePrompt({ window: tinyWindow([]), prompt: '?' }, { ...parts, template: odd }));
    expect(error.code).toBe('MODEL_INVALID');
  });
});

describe('sharedLength and restOf', () => {
  it('send every token and row that is not held, and none that is', () => {
    const sizes = fc.array(fc.constantFrom(0, 1, 4, 9), { maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.nat(), (wanted, cut) => {
        const window = wanted.map((tokens, index) => (tokens === 0 ? `${index}s ` : tinyFrame(`f${index}`, tokens)));
        const asked = prompt(window, 'What?');
        const from = cut % asked.keys.length;
        expect(sharedLength(asked.keys.slice(0, from), asked.keys)).toBe(from);
        const rest = restOf(asked, from, 0);
        expect([...rest.ids]).toEqual(asked.keys.slice(from).map((key) => (typeof key === 'number' ? key : 0)));
        const rows = rest.frames.flatMap(({ at, values }) =>
          Array.from({ length: values.length / 32 }, (_, row) => [at + row + from, values[row * 32]]),
        );
        expect(rows).toEqual(rowsOf(asked).filter(([at]) => (at ?? 0) >= from));
      }),
    );
  });

  it('tell a frame that was made coarser from the one before', () => {
    const before = prompt(['1', tinyFrame('a', 4), '2', tinyFrame('b', 9)], '?');
    const after = prompt(['1', tinyFrame('a', 4), '2', tinyFrame('b/4', 4)], '?');
    expect(sharedLength(before.keys, after.keys)).toBe(7);
  });

  it('leave the frames of the window alone', () => {
    const frame = tinyFrame('a', 4);
    const rest = restOf(prompt([frame], '?'), 0, 0);
    rest.frames[0]?.values.fill(0);
    expect(frame.content.values).toEqual(tinyFrame('a', 4).content.values);
  });
});

function prompt(window: readonly (string | HeldFrame<TokenContent>)[], text: string): Prompt {
  return composePrompt({ window: tinyWindow(window), prompt: text }, parts);
}

/** Position and first value of every visual token. */
function rowsOf({ frames }: Prompt): (number | undefined)[][] {
  return frames.flatMap(({ at, frame }) =>
    Array.from({ length: frame.tokens }, (_, row) => [at + row, frame.content.values[row * 32]]),
  );
}

/** GPT-2's letters for the bytes, each its own token with the byte as its id. */
function byteVocabulary(): Record<string, number> {
  const plain = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173;
  let next = 256;
  return Object.fromEntries(
    Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(plain(byte) ? byte : next++), byte]),
  );
}
