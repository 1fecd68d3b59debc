import { ContextWindow } from '#dist/llm/window/context-window.js';
import { tokenAging } from '#dist/llm/window/token-aging.js';
import type { TokenContent, WindowFrame, WindowView } from '#dist/llm/window-frame.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../support/error-code.ts';
import { blockMeans, worst } from '../../support/naive-scales.ts';
import type { Step } from './streams.ts';
import {
  CHANNELS,
  LADDER,
  anyLimits,
  anySteps,
  contentOf,
  framesOf,
  heldOf,
  spanOf,
  steady,
  textsOf,
  tokenWindow,
} from './streams.ts';

/** Pushes a stream, with its pins, and shows the window after each frame. */
function play(
  window: ContextWindow<TokenContent>,
  steps: readonly Step[],
  seen: (view: WindowView<TokenContent>, pushed: readonly WindowFrame<TokenContent>[]) => void,
): void {
  const frames = framesOf(steps);
  steps.forEach(({ pin }, i) => {
    window.push(frames[i]!);
    const earlier = frames[Math.floor(i / 2)]!.id;
    if (pin === 'this') window.pin(frames[i]!.id);
    if (pin === 'earlier') window.pin(earlier);
    if (pin === 'release') window.unpin(earlier);
    seen(window.view(), frames.slice(0, i + 1));
  });
}

const always = (
  pins: boolean,
  holds: (
    view: WindowView<TokenContent>,
    pushed: readonly WindowFrame<TokenContent>[],
    window: ContextWindow<TokenContent>,
    maxTokens: number,
  ) => void,
): void => {
  fc.assert(
    fc.property(anySteps(pins), anyLimits, (steps, limits) => {
      const window = tokenWindow(limits);
      play(window, steps, (view, pushed) => holds(view, pushed, window, limits.maxTokens));
    }),
    { numRuns: 60 },
  );
};

describe('a context window', () => {
  test('is never above its limit, whatever comes and is pinned', () => {
    always(true, (view, _pushed, window, maxTokens) => {
      expect(view.tokens).toBeLessThanOrEqual(maxTokens);
      expect(view.tokens).toBe(window.tokens);
      expect(heldOf(view).reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(view.tokens);
    });
  });

  test('holds every frame once and in order, or counts it as let go', () => {
    always(true, (view, pushed, { figures }) => {
      const held = heldOf(view);
      let after = -1;
      for (const frame of held) {
        const [first, last] = spanOf(frame);
        expect(first).toBeGreaterThan(after);
        expect(last - first + 1).toBe(frame.frames);
        expect([frame.atS, frame.untilS]).toEqual([pushed[first]!.atS, pushed[last]!.atS]);
        after = last;
      }
      expect(after).toBe(pushed.length - 1);
      expect(held.reduce((sum, { frames }) => sum + frames, figures.letGo)).toBe(pushed.length);
      expect(figures.pushed).toBe(pushed.length);
    });
  });

  test('lets go nothing while it is not full, and says so once it has', () => {
    always(true, (view, _pushed, { figures }) => {
      const gone = textsOf(view).filter((text) => text.includes('no longer held'));
      expect(gone.length).toBe(figures.letGo > 0 ? 1 : 0);
      if (figures.letGo > 0) expect(textsOf(view)[0]).toContain(`${figures.letGo} frames no longer held`);
      if (view.cuts === 0) expect(figures).toMatchObject({ aged: 0, merged: 0, letGo: 0 });
    });
  });

  test('is only appended to between two cuts: the same objects, whatever is pinned meanwhile', () => {
    fc.assert(
      fc.property(anySteps(true), anyLimits, (steps, limits) => {
        let before: WindowView<TokenContent> | undefined;
        play(tokenWindow(limits), steps, (view) => {
          if (before?.cuts === view.cuts) {
            expect(view.parts.length).toBeGreaterThan(before.parts.length);
            expect(before.parts.every((part, i) => part === view.parts[i])).toBe(true);
          }
          before = view;
        });
      }),
      { numRuns: 60 },
    );
  });

  test('leaves a share of its limit after a cut', () => {
    fc.assert(
      fc.property(anySteps(true), anyLimits, (steps, limits) => {
        let cuts = 0;
        play(tokenWindow(limits), steps, (view) => {
          if (view.cuts > cuts) expect(view.tokens).toBeLessThanOrEqual(limits.cutTo * limits.maxTokens);
          cuts = view.cuts;
        });
      }),
      { numRuns: 60 },
    );
  });

  test('never holds an older frame finer than a newer one that came as fine', () => {
    always(false, (view, pushed) => {
      let finest = 0;
      for (const frame of heldOf(view).reverse()) {
        const [first] = spanOf(frame);
        const aged = frame.frames > 1 || frame.tokens < pushed[first]!.tokens;
        // What was made coarser bounds all that is older.
        finest = aged && finest === 0 ? frame.tokens : finest;
        if (finest > 0) expect(frame.tokens).toBeLessThanOrEqual(finest);
        if (aged) finest = Math.min(finest, frame.tokens);
      }
    });
  });

  test('holds block means of what came, and means over time of what was merged', () => {
    always(true, (view, pushed) => {
      for (const frame of heldOf(view).slice(0, 5)) {
        const [first, last] = spanOf(frame);
        const side = Math.sqrt(frame.tokens);
        const means = pushed
          .slice(first, last + 1)
          .map(({ content, tokens }) => blockMeans(content.values, Math.sqrt(tokens), side, CHANNELS));
        const mean = means[0]!.map((_, i) => means.reduce((sum, values) => sum + values[i]!, 0) / means.length);
        expect(worst(frame.content.values, mean)).toBeLessThan(1e-5);
      }
    });
  });

  test('is a function of what was pushed', () => {
    fc.assert(
      fc.property(anySteps(true), anyLimits, (steps, limits) => {
        const views = [0, 1].map(() => {
          const window = tokenWindow(limits);
          play(window, steps, () => undefined);
          return window.view();
        });
        expect(views[0]).toEqual(views[1]);
      }),
      { numRuns: 20 },
    );
  });

  test('gives each content a name of its own', () => {
    fc.assert(
      fc.property(anySteps(true), anyLimits, (steps, limits) => {
        const named = new Map<string, TokenContent>();
        play(tokenWindow(limits), steps, (view) => {
          const held = heldOf(view);
          expect(new Set(held.map(({ id }) => id)).size).toBe(held.length);
          for (const { id, content } of held) {
            if (named.has(id)) expect(named.get(id)).toBe(content);
            named.set(id, content);
          }
        });
      }),
      { numRuns: 30 },
    );
  });

  test('keeps pinned frames as they came while they fit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 61, max: 400 }), (pinned, count) => {
        const window = tokenWindow({ maxTokens: 150 });
        const frames = steady(count, 16);
        for (const [i, frame] of frames.entries()) {
          if (i === pinned) window.pin(frame.id);
          window.push(frame);
        }
        const kept = heldOf(window.view()).find(({ id }) => id === `cam/0/${pinned}@16`);
        expect(kept?.content).toBe(frames[pinned]!.content);
        expect(window.figures.pinsLost).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  test('lets the oldest pinned frames age where all of them would fill it', () => {
    const window = tokenWindow({ maxTokens: 400 });
    for (const frame of steady(100, 16)) {
      window.pin(frame.id);
      window.push(frame);
    }
    const fine = heldOf(window.view()).flatMap((frame) => (frame.tokens === 16 ? spanOf(frame)[0] : []));
    expect(fine.length).toBeGreaterThanOrEqual(6);
    expect(fine).toEqual(Array.from(fine, (_, i) => 100 - fine.length + i));
    expect(window.figures.pinsLost).toBeGreaterThan(80);
  });

  test('lets a frame age again that is unpinned', () => {
    const window = tokenWindow({ maxTokens: 150 });
    const frames = steady(200, 16);
    window.push(frames[0]!);
    expect(window.pin('cam/0/0')).toBe(true);
    for (const frame of frames.slice(1, 100)) window.push(frame);
    expect(heldOf(window.view())[0]?.id).toBe('cam/0/0@16');
    expect(window.unpin('cam/0/0')).toBe(true);
    for (const frame of frames.slice(100)) window.push(frame);
    expect(heldOf(window.view()).some(({ id }) => id === 'cam/0/0@16')).toBe(false);
    expect([window.pin('cam/0/0'), window.unpin('cam/0/0')]).toEqual([false, false]);
  });

  test('keeps a day of a camera in a few thousand tokens, merged in proportion to its age', () => {
    const window = tokenWindow({ maxTokens: 2000, stampTokens: 12 });
    for (const frame of steady(86_400 / 20, 1)) window.push({ ...frame, atS: frame.atS * 20 });
    const view = window.view();
    const merged = heldOf(view).filter(({ frames }) => frames > 1);
    expect(merged.length).toBeGreaterThan(0);
    for (const { atS, untilS } of merged) expect(untilS - atS).toBeLessThanOrEqual(view.toS - untilS);
    expect([view.fromS, window.figures.letGo]).toEqual([20, 0]);
  });

  test('holds all the frames of a still camera that fit, before it merges any', () => {
    const window = tokenWindow({ maxTokens: 400, stampTokens: 0 });
    for (const frame of steady(400, 1)) window.push(frame);
    expect([heldOf(window.view()).length, window.cuts]).toEqual([400, 0]);
  });

  test('lets go what is older than its seconds, and keeps what is pinned', () => {
    const window = tokenWindow({ maxTokens: 5000, maxSeconds: 20 });
    for (const frame of steady(100, 4)) {
      window.push(frame);
      if (frame.id === 'cam/0/7') window.pin(frame.id);
      const unpinned = heldOf(window.view()).filter(({ id }) => id !== 'cam/0/7@4');
      expect(unpinned.every(({ untilS }) => frame.atS - untilS <= 20)).toBe(true);
    }
    const view = window.view();
    expect(heldOf(view)[0]?.id).toBe('cam/0/7@4');
    expect(view.cuts).toBeLessThan(25);
    const oldest = heldOf(view)[1]!.atS;
    expect(textsOf(view)[0]).toBe(`[0:00:01.0-0:01:${oldest - 61}.0: ${oldest - 2} frames no longer held]`);
  });

  test('lets a merged frame go with its last one, not before', () => {
    const window = tokenWindow({ maxTokens: 100, stampTokens: 0, maxSeconds: 300 });
    for (const frame of steady(2000, 1)) {
      window.push(frame);
      const [, minutes, secs] = /-0:(\d\d):(\d\d)\.0: \d+ frames/.exec(textsOf(window.view())[0] ?? '') ?? [];
      if (secs !== undefined) expect(Number(minutes) * 60 + Number(secs)).toBeLessThan(frame.atS - 240);
    }
    expect(window.figures.merged).toBeGreaterThan(1000);
    expect(window.figures.letGo).toBeGreaterThan(1000);
  });

  test('says when the stream was back, and never merges over it', () => {
    const window = tokenWindow({ maxTokens: 100 });
    const steps = Array.from({ length: 60 }, (_, i) => ({ tokens: 1, laterS: 1, anew: i === 30 }));
    for (const frame of framesOf(steps)) window.push(frame);
    const view = window.view();
    expect(textsOf(view).filter((text) => text.startsWith('[the stream is back, its time starts anew]'))).toHaveLength(
      1,
    );
    for (const { id } of heldOf(view)) expect(new Set(id.match(/cam\/\d+/g)).size).toBe(1);
  });

  test('writes times between the frames, exact to the millisecond', () => {
    const window = tokenWindow();
    const at = (id: number, atS: number, tokens = 16) => ({
      id: `cam/0/${id}`,
      atS,
      tokens,
      content: contentOf(tokens, id),
    });
    for (const frame of [at(0, 83), at(1, 83.04), at(2, 83.04), at(3, 83.5, 1), at(4, 3723.123)]) window.push(frame);
    const parts = window.view().parts.map((part) => (part.type === 'text' ? part.text : part.frame.id));
    expect(parts).toEqual([
      ...['[0:01:23.0]', 'cam/0/0@16', '[0:01:23.04]', 'cam/0/1@16', 'cam/0/2@16', 'cam/0/3@1'],
      ...['[1:02:03.123]', 'cam/0/4@16'],
    ]);
    expect(window.tokens).toBe(4 * 16 + 1 + 3 * 2);
  });

  test('does not take in a frame twice', () => {
    const window = tokenWindow();
    const frames = steady(4, 4);
    expect([0, 1, 1, 0, 2, 2, 3].map((i) => window.push(frames[i]!))).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
    expect(heldOf(window.view()).map(({ id }) => id)).toEqual([0, 1, 2, 3].map((i) => `cam/0/${i}@4`));
    expect(window.figures).toMatchObject({ pushed: 4, repeated: 3 });
  });

  test('goes on where a server numbers anew, under names of their own', () => {
    const window = tokenWindow();
    const live = (i: number, wallclockMs: number) => ({ ...steady(6, 4)[i]!, wallclockMs });
    for (const i of [3, 4, 5]) window.push(live(i, 1000 + i));
    expect([window.push(live(4, 900)), window.push(live(4, 5000))]).toEqual([false, true]);
    expect(heldOf(window.view()).map(({ id }) => id)).toEqual(['cam/0/3@4', 'cam/0/4@4', 'cam/0/5@4', 'cam/0/4~1@4']);
    expect(textsOf(window.view()).at(-1)).toContain('the stream is back');
  });

  test('gives views that later pushes leave alone', () => {
    const window = tokenWindow({ maxTokens: 100 });
    const frames = steady(50, 16);
    window.push(frames[0]!);
    const view = window.view();
    const copy = structuredClone(view);
    for (const frame of frames.slice(1)) window.push(frame);
    expect(view).toEqual(copy);
    expect(frames.map(({ content }) => content.values)).toEqual(frames.map((_, i) => contentOf(16, i).values));
  });

  test('is empty at first', () => {
    expect(tokenWindow().view()).toEqual({ parts: [], tokens: 0, cuts: 0, fromS: NaN, toS: NaN });
  });

  test.each([
    ['no room for one frame', { maxTokens: 16 }],
    ['no whole number of tokens', { maxTokens: 1000.5 }],
    ['a cut to nothing', { cutTo: 0.05 }],
    ['a cut to more than all', { cutTo: 1.1 }],
    ['no seconds', { maxSeconds: 0 }],
    ['more pins than room', { pinnedShare: 2 }],
    ['a stamp of less than nothing', { stampTokens: -1 }],
    ['times that are no numbers', { stampEveryS: NaN }],
  ])('refuses %s', (_, limits) => {
    expect(codeOf(() => tokenWindow(limits))).toBe('OPTION_INVALID');
  });

  test.each([[[]], [[1, 5]], [[4, 16]], [[1, 4, 36, 144, 25]]])('refuses a ladder %j', (ladder) => {
    expect(codeOf(() => tokenWindow({ ladder }))).toBe('LADDER_INVALID');
  });

  test('takes the smallest window that it allows', () => {
    const window = new ContextWindow({ ladder: LADDER, maxTokens: 13, stampTokens: 2, cutTo: 1, aging: tokenAging });
    for (const frame of steady(50, 16)) window.push(frame);
    expect(heldOf(window.view()).at(-1)?.id).toMatch(/^cam\/0\/49@/);
    expect(window.tokens).toBeLessThanOrEqual(13);
  });

  test('refuses frames that do not belong to it, and stays as it was', () => {
    const window = tokenWindow();
    const [frame, next] = steady(2, 4);
    window.push(frame!);
    const strange = [{ tokens: 9 }, { id: 'yard/0/1' }, { atS: NaN }, { atS: Infinity }];
    for (const change of strange) expect(codeOf(() => window.push({ ...next!, ...change }))).toBe('OPTION_INVALID');
    expect(window.push(next!)).toBe(true);
    expect(window.figures).toMatchObject({ pushed: 2, repeated: 0 });
  });
});
