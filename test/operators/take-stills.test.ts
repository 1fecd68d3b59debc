import type { Frame } from '#dist/media/frame.js';
import type { Still, StillGeometry } from '#dist/operators/take-stills.js';
import { StillSlot, takeStills } from '#dist/operators/take-stills.js';
import { from, lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { behavesLikeMap } from '../support/operator-contract.ts';
import { paintedFrame } from '../support/painted-source.ts';
import { solid } from '../support/picture.ts';

const picture: StillGeometry = { width: 1920, height: 1080, resize: 'stretch' };
const never = new AbortController().signal;
const frame = (i: number): Frame => paintedFrame(i, solid(4, [i, i, i]));

/** A slot whose clock is turned by hand. */
function slotAt(): { slot: StillSlot; pass: (ms: number) => void } {
  let now = 1_000_000;
  return { slot: new StillSlot(() => now), pass: (ms) => (now += ms) };
}

/** Somebody asks who does not wait. */
const ask = (slot: StillSlot): Promise<Still | undefined> => slot.ask(AbortSignal.abort());

describe('takeStills', () => {
  behavesLikeMap({
    operator: () => takeStills(new StillSlot(), picture, 0),
    inputs: () => [frame(0), frame(1), frame(2)],
    look: ({ index }) => index,
    outputs: [0, 1, 2],
  });

  test('numbers stills as the packets of its run are numbered, and anew for each run', async () => {
    for (const first of [0, 40]) {
      const { slot } = slotAt();
      await ask(slot);
      const frames = from([0, 1, 2].map(frame));
      const passed = await lastValueFrom(frames.pipe(takeStills(slot, picture, first), toArray()));
      expect(passed).toHaveLength(3);
      expect(slot.newest).toMatchObject({ sequence: first, side: 4, picture });
    }
  });

  test('takes nothing while nobody asks', async () => {
    const { slot } = slotAt();
    await lastValueFrom(of(frame(0), frame(1)).pipe(takeStills(slot, picture, 0)));
    expect(slot.newest).toBeUndefined();
  });
});

describe('a slot', () => {
  test('copies the pixels: the source may write them anew', async () => {
    const { slot } = slotAt();
    await ask(slot);
    const given = frame(7);
    slot.offer(given, 0, picture);
    given.data.fill(99);
    expect(slot.newest?.rgb).toEqual(solid(4, [7, 7, 7]));
  });

  test('takes two stills a second at most', async () => {
    const { slot, pass } = slotAt();
    await ask(slot);
    const taken: (number | undefined)[] = [];
    for (let i = 0; i < 11; i++) {
      slot.offer(frame(i), i, picture);
      taken.push(slot.newest?.sequence);
      pass(100);
    }
    expect(taken).toEqual([0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 10]);
  });

  test('stops ten seconds after it was last asked, and begins again when it is asked again', async () => {
    const { slot, pass } = slotAt();
    await ask(slot);
    pass(10_000);
    slot.offer(frame(0), 0, picture);
    pass(1);
    slot.offer(frame(1), 1, picture);
    pass(10_000);
    slot.offer(frame(2), 2, picture);
    expect(slot.newest?.sequence).toBe(0);
    await ask(slot);
    slot.offer(frame(3), 3, picture);
    expect(slot.newest?.sequence).toBe(3);
  });

  test('makes who asks wait for the next frame where its picture is out of date', async () => {
    const { slot, pass } = slotAt();
    const first = slot.ask(never, 20_000);
    slot.offer(frame(0), 0, picture);
    expect((await first)?.sequence).toBe(0);
    pass(60_000);
    slot.offer(frame(1), 1, picture);
    const second = slot.ask(never, 20_000);
    slot.offer(frame(2), 2, picture);
    expect((await second)?.sequence).toBe(2);
  });

  test('gives the newest frame of a stream that stands still at once', async () => {
    const { slot, pass } = slotAt();
    await ask(slot);
    slot.offer(frame(0), 0, picture);
    pass(3_600_000);
    expect((await slot.ask(never, 3_600_000))?.sequence).toBe(0);
  });

  test('lets who asks go where no frame comes, or who asked has left', async () => {
    const { slot } = slotAt();
    expect(await slot.ask(never, 1)).toBeUndefined();
    const left = new AbortController();
    const asked = slot.ask(left.signal, 3_600_000);
    left.abort();
    expect(await asked).toBeUndefined();
  });
});
