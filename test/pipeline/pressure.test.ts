import { StreamCounts } from '#dist/operators/measure.js';
import { pipeline } from '#dist/pipeline/pipeline.js';
import { lastValueFrom, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { PaintedSource } from '../support/painted-source.ts';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { scenery, withBox } from '../support/picture.ts';
import { until } from '../support/sleep.ts';

const SIDE = 96;
const FRAMES = 60;
/** Room for all of them: nothing has to be let go. */
const WINDOW = 64;

const still = scenery(SIDE, 1);
/** Two boxes that move over a still picture, another place in each frame. */
const moving = (i: number) => {
  const box = { x: (7 * i) % 72, y: (11 * i) % 72, width: 24, height: 24 };
  return withBox(withBox(still, box, [180, 90, 60]), { ...box, x: 72 - box.x, width: 12 }, [70, 150, 90]);
};

/** The tokens of each frame of policy `rate`, whose sink takes nothing until all frames are on their way. */
async function tokens(live: boolean): Promise<{ tokens: number[]; dropped: number }> {
  const counts = new StreamCounts();
  const source = new PaintedSource({ count: FRAMES, live, everyMs: 1, paint: moving });
  const packets = await lastValueFrom(
    pipeline({
      ...{ source, counts, encoder: new PatchMeanEncoder({ side: SIDE }) },
      // A gate that is always open, and a ceiling far away: only pressure makes one frame another.
      options: { policy: 'rate', tokensPerSecond: 1e6, gate: 0, price: 0.05, camera: false, window: WINDOW },
      sink: () => until(() => source.counts.decoded === FRAMES && counts.frames === FRAMES),
    }).pipe(toArray()),
  );
  const each = packets.map(({ frames }) => frames[0]!);
  return {
    tokens: each.map((frame) => frame.tokens),
    dropped: each.reduce((sum, { droppedBefore }) => sum + droppedBefore, 0),
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

test('a camera whose window fills tells its frames more coarsely before it loses one; a file does not', async () => {
  const [camera, file] = [await tokens(true), await tokens(false)];
  expect([camera.dropped, file.dropped]).toEqual([0, 0]);
  expect(camera.tokens).toHaveLength(FRAMES);
  // While half of the window is free they are alike.
  const free = WINDOW / 2;
  expect(camera.tokens.slice(0, free)).toEqual(file.tokens.slice(0, free));
  const full = (counts: readonly number[]): number => sum(counts.slice(FRAMES - 10));
  expect(full(camera.tokens)).toBeLessThan(0.85 * full(file.tokens));
  expect(full(camera.tokens)).toBeGreaterThan(10);
});
