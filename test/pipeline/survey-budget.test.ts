import { StreamCounts } from '#dist/operators/measure.js';
import { pipeline } from '#dist/pipeline/pipeline.js';
import { surveyBudget } from '#dist/pipeline/survey-budget.js';
import type { Survey } from '#dist/pipeline/survey-budget.js';
import type { BudgetPlan } from '#dist/scales/budget-plan.js';
import { lastValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { listenersOf } from '../support/listeners.ts';
import { PaintedSource } from '../support/painted-source.ts';
import type { Painting } from '../support/painted-source.ts';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { scenery, withBox } from '../support/picture.ts';
import { rejection } from '../support/rejection.ts';
import { until } from '../support/sleep.ts';

const SIDE = 96;
const FRAMES = 60;
const scenes = [scenery(SIDE, 1), scenery(SIDE, 2)];
/** A box that runs over a scene, another scene after half of the time, and rest before its end. */
const lively: Painting = {
  count: FRAMES,
  paint: (i) => {
    const box = { x: (Math.min(i, 50) * 7) % 80, y: 40, width: 16, height: 16 };
    return withBox(scenes[Math.floor((2 * i) / FRAMES)]!, box, [255, 255, 255]);
  },
};
const never = new AbortController().signal;

/** A survey of a painting; every reading of it is kept. */
function surveyOf(painting: Painting, part: Partial<Survey> = {}) {
  const opened: PaintedSource[] = [];
  const encoder = new PatchMeanEncoder({ side: SIDE });
  const open = () => {
    const source = new PaintedSource(painting);
    opened.push(source);
    return Promise.resolve(source);
  };
  const survey: Survey = { open, encoder, options: { policy: 'budget', budget: 600 }, signal: never, ...part };
  return { survey, opened, encoder };
}

/** Tokens of a pipeline over the same painting with this plan. */
async function spend(painting: Painting, options: Survey['options'], plan: BudgetPlan): Promise<StreamCounts> {
  const counts = new StreamCounts();
  const source = new PaintedSource(painting);
  const encoder = new PatchMeanEncoder({ side: SIDE });
  await lastValueFrom(pipeline({ source, encoder, sink: () => undefined, options, plan, counts }));
  return counts;
}

describe('the survey for a budget', () => {
  test('counts every frame at several prices: one token at least, fewer the higher the price', async () => {
    const { survey, opened } = surveyOf(lively);
    const plan = await surveyBudget(survey);
    expect(plan.frames).toBe(FRAMES);
    expect(plan.gated).toBe(true);
    expect(plan.tokens(0)).toBeGreaterThan(plan.tokens(plan.prices.length - 1));
    for (let frame = 0; frame < FRAMES; frame++) {
      for (const i of plan.prices.keys()) {
        expect(plan.tokens(i, frame, frame + 1)).toBeGreaterThanOrEqual(1);
        expect(plan.tokens(i, frame, frame + 1)).toBeLessThanOrEqual(144);
      }
    }
    expect(opened.map(({ closed }) => closed)).toEqual([1]);
  });

  test.each(['uniform', 'tree'] as const)(
    'lets the run keep to any total that the input can use: %s',
    async (layout) => {
      for (const budget of [FRAMES, 2 * FRAMES, 5 * FRAMES, 10 * FRAMES, 30 * FRAMES]) {
        const options = { policy: 'budget', budget, layout };
        const { survey } = surveyOf(lively, { options });
        const { tokens, frames } = await spend(lively, options, await surveyBudget(survey));
        expect(frames).toBe(FRAMES);
        expect(tokens).toBeLessThanOrEqual(budget);
        // Whole scales are coarse coins, and one that is coarser than what the receiver holds would say less than nothing.
        const coin = layout === 'tree' ? 0 : 144;
        expect(tokens).toBeGreaterThanOrEqual(0.99 * budget - coin);
      }
    },
  );

  test('reads again, with the encoder on every frame, where a gated reading cannot use the budget up', async () => {
    const still: Painting = { count: FRAMES, paint: () => scenes[0]! };
    const options = { policy: 'budget', budget: 40 * FRAMES };
    const { survey, opened, encoder } = surveyOf(still, { options });
    const plan = await surveyBudget(survey);
    expect(plan.gated).toBe(false);
    expect(opened.map(({ closed }) => closed)).toEqual([1, 1]);
    expect(encoder.runs).toBe(1 + FRAMES);
    const counts = await spend(still, options, plan);
    expect(counts).toMatchObject({ frames: FRAMES, held: 0 });
    expect(counts.tokens).toBeLessThanOrEqual(options.budget);
  });

  test('tells its progress after every frame, from the first one on', async () => {
    const seen: number[] = [];
    const { survey } = surveyOf(lively, { onProgress: (timeS) => void seen.push(timeS) });
    await surveyBudget(survey);
    expect(seen).toEqual(Array.from({ length: FRAMES }, (_, i) => (i * 3600) / 90_000));
  });

  test('of an input without frames finds none', async () => {
    const { survey } = surveyOf({ ...lively, count: 0 });
    expect((await surveyBudget(survey)).frames).toBe(0);
  });

  test('refuses a live source and closes it unread', async () => {
    const { survey, opened } = surveyOf({ ...lively, live: true });
    let freed = 0;
    const open = async () => {
      const source = await survey.open();
      const close = (): Promise<void> => {
        freed++;
        return Promise.resolve();
      };
      return Object.assign(source, { close });
    };
    const error = await rejection(surveyBudget({ ...survey, open }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toContain('live');
    expect(error.mend).toContain('rate');
    expect(opened[0]!.opened).toBe(0);
    expect(freed).toBe(1);
  });

  test('refuses a total that its run could not keep to either, before it opens anything', async () => {
    const { survey, opened } = surveyOf(lively, { options: { policy: 'budget', budget: -1 } });
    expect((await rejection(surveyBudget(survey))).code).toBe('OPTION_INVALID');
    expect(opened).toEqual([]);
  });

  test('refuses a total of less than one token for every frame, once it knows how many there are', async () => {
    const { survey, opened } = surveyOf(lively, { options: { policy: 'budget', budget: FRAMES - 1 } });
    expect((await rejection(surveyBudget(survey))).what).toContain(`the ${FRAMES} frames`);
    expect(opened.map(({ closed }) => closed)).toEqual([1]);
  });

  test('ends with ABORTED, and frees the decoder, where its signal says so', async () => {
    const abort = new AbortController();
    const endless: Painting = { ...lively, count: Infinity };
    const onProgress = (timeS: number): void => {
      if (timeS > 1) abort.abort();
    };
    const { survey, opened } = surveyOf(endless, { signal: abort.signal, onProgress });
    expect((await rejection(surveyBudget(survey))).code).toBe('ABORTED');
    await until(() => opened[0]!.closed === 1);
    expect(opened).toHaveLength(1);
  });

  test('ends so where the next frame never comes', async () => {
    const abort = new AbortController();
    const { survey, opened } = surveyOf({ ...lively, everyMs: 3_600_000 }, { signal: abort.signal });
    const ended = rejection(surveyBudget(survey));
    await until(() => opened[0]?.opened === 1);
    abort.abort();
    expect((await ended).code).toBe('ABORTED');
    await until(() => opened[0]!.closed === 1);
  });

  test('reads nothing where its signal has said so before, and leaves nothing on a signal', async () => {
    const { survey, opened } = surveyOf(lively, { signal: AbortSignal.abort() });
    expect((await rejection(surveyBudget(survey))).code).toBe('ABORTED');
    expect(opened[0]?.opened ?? 0).toBe(0);
    const { signal } = new AbortController();
    await surveyBudget({ ...survey, signal });
    expect(listenersOf(signal)).toBe(0);
  });

  test.each<[string, Partial<Painting>, Partial<Survey>, string]>([
    ['source', { failure: new Error('no light') }, {}, 'no light'],
    [
      'encoder',
      {},
      { encoder: new PatchMeanEncoder({ side: SIDE, fails: (i) => (i === 5 ? new Error('too warm') : undefined) }) },
      'too warm',
    ],
  ])('fails with its %s and frees the decoder', async (_, painting, part, what) => {
    const { survey, opened } = surveyOf({ ...lively, ...painting }, part);
    await expect(surveyBudget(survey)).rejects.toThrow(what);
    await until(() => opened[0]!.closed === 1);
  });
});
