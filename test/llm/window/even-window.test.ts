import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvenWindow } from '#dist/llm/window/even-window.js';
import { tokenAging } from '#dist/llm/window/token-aging.js';
import type { HeldFrame, TokenContent, WindowFrame, WindowView } from '#dist/llm/window-frame.js';
import { pool } from '#dist/scales/pool.js';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { until } from '../../support/sleep.ts';
import { CHANNELS, LADDER, anySteps, contentOf, framesOf } from './streams.ts';

function shown(frames: readonly WindowFrame<TokenContent>[], maxTokens: number): WindowView<TokenContent> {
  const window = new EvenWindow({ ladder: LADDER, maxTokens, stampTokens: 2, aging: tokenAging });
  for (const frame of frames) window.push(frame);
  return window.view();
}

function held({ parts }: WindowView<TokenContent>): HeldFrame<TokenContent>[] {
  return parts.flatMap((part) => (part.type === 'frame' ? [part.frame] : []));
}

/** A frame a second, all of the same tokens. */
function clip(length: number, tokens: number): WindowFrame<TokenContent>[] {
  return Array.from({ length }, (_, i) => ({
    ...{ id: `v/0/${i}`, atS: i, tokens, content: contentOf(tokens, i) },
  }));
}

describe('EvenWindow', () => {
  it('holds every frame, in order, within the limit, and none finer than it came', () => {
    fc.assert(
      fc.property(anySteps(false), fc.integer({ min: 30, max: 600 }), (steps, maxTokens) => {
        const frames = framesOf(steps);
        const view = shown(frames, maxTokens);
        expect(view.tokens).toBeLessThanOrEqual(maxTokens);
        const all = held(view);
        expect(all.reduce((sum, frame) => sum + frame.frames, 0)).toBe(frames.length);
        let at = 0;
        for (const frame of all) {
          expect(frame.atS).toBe(frames[at]?.atS);
          expect(frame.tokens).toBeLessThanOrEqual(frames[at]?.tokens ?? 0);
          at += frame.frames;
          expect(frame.untilS).toBe(frames[at - 1]?.atS);
          expect(frame.content.values).toHaveLength(frame.tokens * CHANNELS);
        }
      }),
    );
  });

  it('leaves a clip that fits as it is', () => {
    const frames = clip(8, 16);
    expect(held(shown(frames, 400)).map(({ content }) => content)).toEqual(frames.map(({ content }) => content));
  });

  it('makes frames coarser all over the clip, and uses up the limit', () => {
    for (const maxTokens of [150, 300, 600, 900]) {
      const view = shown(clip(60, 16), maxTokens);
      expect(view.tokens).toBeGreaterThan(0.9 * maxTokens - 18);
      const tokens = held(view).map((frame) => frame.tokens);
      const [early, late] = [tokens.slice(0, tokens.length / 2), tokens.slice(tokens.length / 2)];
      const sum = (of: readonly number[]): number => of.reduce((total, each) => total + each, 0);
      expect(Math.abs(sum(early) - sum(late))).toBeLessThanOrEqual(16 + 0.1 * maxTokens);
    }
  });

  it('pools the values that it had', () => {
    const frames = clip(60, 16);
    for (const frame of held(shown(frames, 500))) {
      const fine = frames[frame.atS]?.content.values ?? new Float32Array();
      const [from, to] = [4, Math.sqrt(frame.tokens)];
      const expected = pool(fine, from, to, CHANNELS, new Float32Array(frame.tokens * CHANNELS));
      for (const [i, value] of frame.content.values.entries()) expect(value).toBeCloseTo(expected[i] ?? NaN, 5);
    }
  });

  it('merges neighbours in runs of about equal length where even the coarsest scale is too much', () => {
    const frames = held(shown(clip(3000, 16), 200)).map((frame) => frame.frames);
    expect(frames.length).toBeGreaterThan(20);
    expect(Math.max(...frames.slice(0, -1))).toBeLessThanOrEqual(2 * Math.min(...frames.slice(0, -1)));
  });

  it('holds contents of no more than twice the limit while a long clip comes', async () => {
    const window = new EvenWindow({ ladder: LADDER, maxTokens: 200, stampTokens: 2, aging: tokenAging });
    let bytes = 0;
    const gone = new FinalizationRegistry((size: number) => (bytes -= size));
    const counted = (content: TokenContent): TokenContent => {
      bytes += content.values.byteLength;
      gone.register(content.values, content.values.byteLength);
      return content;
    };
    for (let i = 0; i < 2000; i++) {
      window.push({ id: `v/0/${i}`, atS: i, tokens: 16, content: counted(contentOf(16, i)) });
    }
    const most = 2 * 200 * CHANNELS * Float32Array.BYTES_PER_ELEMENT;
    // What a registry hears of comes after the collection, in a task of its own.
    await until(() => {
      collectGarbage();
      return bytes <= most;
    });
    expect(held(window.view()).reduce((sum, { frames }) => sum + frames, 0)).toBe(2000);
  });

  it('does not take a frame twice, and refuses another stream', () => {
    const window = new EvenWindow({ ladder: LADDER, maxTokens: 200, aging: tokenAging });
    const [first] = clip(1, 4);
    if (!first) throw new Error('No frame.');
    window.push(first);
    window.push(first);
    expect(held(window.view())).toHaveLength(1);
    expect(() => window.push({ ...first, id: 'other/0/1' })).toThrow(/another stream/);
  });
});
