import { ContextWindow } from '#dist/llm/window/context-window.js';
import { pictureAging } from '#dist/llm/window/picture-aging.js';
import { tokenAging } from '#dist/llm/window/token-aging.js';
import type { PictureContent } from '#dist/llm/window-frame.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockMeans, worst } from '../../support/naive-scales.ts';
import { Random } from '../../support/random.ts';
import { heldOf } from './streams.ts';

const CHANNELS = 3;
const content = (tokens: number, seed: number) => ({
  values: new Random(seed).grid(tokens * CHANNELS),
  channels: CHANNELS,
});

describe('tokens that age', () => {
  test('are the block means of the frame that came, however many scales they went down', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const fine = content(144, seed);
        const direct = tokenAging.coarser(fine, 144, 9);
        const steps = tokenAging.coarser(tokenAging.coarser(fine, 144, 36), 36, 9);
        expect(direct.values).toHaveLength(9 * CHANNELS);
        expect(worst(steps.values, direct.values)).toBeLessThan(1e-6);
        expect(worst(direct.values, blockMeans(fine.values, 12, 3, CHANNELS))).toBeLessThan(1e-6);
      }),
      { numRuns: 50 },
    );
  });

  test('are means over time where they are merged, each by its frames, whatever was merged first', () => {
    const contents = [1, 2, 3, 4].map((seed) => ({ content: content(1, seed), frames: seed }));
    const [a, b, ...rest] = contents;
    const first = { content: tokenAging.merge([a!, b!]), frames: 3 };
    const all = tokenAging.merge(contents);
    expect(worst(all.values, tokenAging.merge([first, ...rest]).values)).toBeLessThan(1e-6);
    const mean = [0, 1, 2].map(
      (c) => contents.reduce((sum, { content, frames }) => sum + content.values[c]! * frames, 0) / 10,
    );
    expect(worst(all.values, mean)).toBeLessThan(1e-6);
  });

  test('never write into what came', () => {
    const fine = content(36, 5);
    tokenAging.coarser(fine, 36, 1);
    tokenAging.merge([
      { content: fine, frames: 1 },
      { content: content(36, 6), frames: 2 },
    ]);
    expect(fine).toEqual(content(36, 5));
  });

  test('are refused where their values are not what their frame says', () => {
    expect(() => tokenAging.coarser(content(9, 1), 36, 9)).toThrow('27 values are not 36 tokens of 3 channels.');
    const [one, other] = [content(1, 1), content(9, 1)];
    expect(() =>
      tokenAging.merge([
        { content: one, frames: 1 },
        { content: other, frames: 1 },
      ]),
    ).toThrow('Frames of different shapes');
  });
});

describe('pictures that age', () => {
  const picture = (i: number): PictureContent => ({ jpeg: Uint8Array.of(i), width: 8, height: 6 });

  test('stay as they are: only their tokens get fewer, and the newest stands for merged ones', () => {
    const window = new ContextWindow({ ladder: [1, 9, 36], maxTokens: 300, aging: pictureAging });
    for (let i = 0; i < 300; i++) window.push({ id: `cam/0/${i}`, atS: i, tokens: 36, content: picture(i) });
    const held = heldOf(window.view());
    expect(new Set(held.map(({ tokens }) => tokens))).toEqual(new Set([1, 9, 36]));
    expect(held.some(({ frames }) => frames > 1)).toBe(true);
    for (const { content, untilS } of held) expect(content.jpeg[0]).toBe(untilS % 256);
  });
});
