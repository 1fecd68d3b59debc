import { partKey, pictureParts } from '#dist/llm/pictures/picture-parts.js';
import type { PicturePart } from '#dist/llm/pictures/picture-parts.js';
import { SizedJpegs } from '#dist/llm/pictures/sized-jpegs.js';
import type { PictureContent, WindowFrame, WindowView } from '#dist/llm/window-frame.js';
import { ContextWindow } from '#dist/llm/window/context-window.js';
import { pictureAging } from '#dist/llm/window/picture-aging.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldFrame, pictureFrame, viewOf } from '../../support/picture-views.ts';

const words = (parts: readonly PicturePart[]): string[] =>
  parts.map((part) => (part.type === 'text' ? part.text : `${part.picture.width}x${part.picture.height}`));

function withoutStamps(view: WindowView<PictureContent>): WindowView<PictureContent> {
  return { ...view, parts: view.parts.filter(({ type }) => type === 'frame') };
}

test('a frame in which nothing has happened is a word about the one that shows the same', async () => {
  const first = await pictureFrame(0);
  const second = await pictureFrame(2, 36, 'blue');
  const frames = [first, heldFrame(1, first), second, heldFrame(3, second)];
  const parts = await pictureParts(viewOf(frames), new SizedJpegs());
  expect(words(parts)).toEqual([
    '[0:00:00.000]',
    '384x288',
    '[0:00:01.000]',
    'as at 0:00:00.0',
    '[0:00:02.000]',
    // It is what is to be seen now: whole, whatever its scale.
    '384x288',
    '[0:00:03.000]',
    'as at 0:00:02.0',
  ]);
});

test('where no time stands before a held frame, it costs nothing', async () => {
  const first = await pictureFrame(0);
  const held = Array.from({ length: 50 }, (_, i) => heldFrame(i + 1, first));
  const parts = await pictureParts(withoutStamps(viewOf([first, ...held])), new SizedJpegs());
  expect(words(parts)).toEqual(['384x288']);
});

test('a held frame whose picture has left the window is that picture', async () => {
  const gone = await pictureFrame(0);
  const parts = await pictureParts(viewOf([heldFrame(1, gone), heldFrame(2, gone)]), new SizedJpegs());
  expect(words(parts)).toEqual(['[0:00:01.000]', '384x288', '[0:00:02.000]', 'as at 0:00:01.0']);
});

test('of more pictures than services take the oldest are left out, many at a time', async () => {
  const [red, blue] = await Promise.all([pictureFrame(0, 1), pictureFrame(0, 1, 'blue')]);
  const frames = Array.from({ length: 400 }, (_, i) => ({ ...(i % 2 ? red : blue), id: `cam/0/${i}`, atS: i }));
  const sized = new SizedJpegs();
  const shown = async (count: number): Promise<string[]> =>
    words(await pictureParts(viewOf(frames.slice(0, count)), sized));
  expect((await shown(256)).filter((word) => word.includes('x'))).toHaveLength(256);
  const [note, ...more] = await shown(257);
  expect(note).toBe('[64 earlier pictures are left out]');
  expect(more.filter((word) => word.includes('x'))).toHaveLength(193);
  expect(more[0]).toBe('[0:01:04.000]');
  // Until the next time each view begins as the one before.
  expect((await shown(320)).slice(0, 300)).toEqual((await shown(318)).slice(0, 300));
  expect((await shown(321))[0]).toBe('[128 earlier pictures are left out]');
});

test('aged frames are smaller', async () => {
  const frames = await Promise.all([1, 9, 36, 144].map((tokens, i) => pictureFrame(i, tokens)));
  const parts = await pictureParts(withoutStamps(viewOf(frames)), new SizedJpegs());
  expect(words(parts)).toEqual(['64x48', '96x72', '192x144', '384x288']);
});

test('the one picture of a still scene stays whole, and no smaller one is taken for it afterwards', async () => {
  const aged = { ...(await pictureFrame(0, 1)), id: 'cam/0/0@1' };
  const sized = new SizedJpegs();
  const still = await pictureParts(viewOf([aged, heldFrame(1, aged)]), sized);
  expect(words(still)[1]).toBe('384x288');
  const moved = await pictureParts(viewOf([aged, heldFrame(1, aged), await pictureFrame(2, 144, 'blue')]), sized);
  expect(words(moved)[1]).toBe('64x48');
  expect(still[1]).not.toMatchObject({ id: (moved[1] as { id: string }).id });
});

test('a view that was only added to gives parts that were only added to', async () => {
  const colors = ['red', 'blue', 'green', 'white'];
  const frames: WindowFrame<PictureContent>[] = [];
  const sized = new SizedJpegs();
  let before: PicturePart[] = [];
  for (const [i, color] of colors.entries()) {
    const shown = await pictureFrame(i * 2, 144, color);
    frames.push(shown, heldFrame(i * 2 + 1, shown));
    const parts = await pictureParts(viewOf(frames), sized);
    expect(parts.slice(0, before.length)).toEqual(before);
    before = parts;
  }
});

/** A window of few tokens. */
const small = () => new ContextWindow<PictureContent>({ ladder: [1, 9, 36, 144], maxTokens: 500, aging: pictureAging });

test('of an hour in which nothing happens the picture is still whole', async () => {
  const first = await pictureFrame(0);
  const window = small();
  window.push(first);
  for (let i = 1; i < 3600; i++) window.push(heldFrame(i, first));
  expect(window.view().cuts).toBeGreaterThan(0);
  const shown = words(await pictureParts(window.view(), new SizedJpegs())).filter((part) => !/[[a]/.test(part));
  expect(shown).toEqual(['384x288']);
});

test('between cuts every view goes on from the one before, whatever happens', async () => {
  const pictures = await Promise.all(['red', 'blue', 'green'].map((color) => pictureFrame(0, 144, color)));
  const happening = fc.array(fc.constantFrom('red', 'blue', 'green', 'held', 'held', 'held'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(happening, async (events) => {
      const window = small();
      const sized = new SizedJpegs();
      let last: WindowFrame<PictureContent> | undefined;
      let before = { cuts: 0, keys: [] as string[] };
      for (const [i, event] of events.entries()) {
        const at = { id: `cam/0/${i}`, atS: i };
        const shown = pictures[['red', 'blue', 'green'].indexOf(event)];
        const frame = shown ? { ...shown, ...at } : last && heldFrame(i, last);
        if (!frame) continue;
        if (shown) last = frame;
        window.push(frame);
        const view = window.view();
        // A picture that is whole because it is the newest is the exception.
        const keys = (await pictureParts(view, sized)).map((part) => partKey(part).replace(/ whole$/, ''));
        if (view.cuts === before.cuts) expect(keys.slice(0, before.keys.length)).toEqual(before.keys);
        before = { cuts: view.cuts, keys };
      }
    }),
    { numRuns: 30 },
  );
});

test('the same frame gives the same bytes, and what is kept of them is bounded', async () => {
  const [a, b] = [await pictureFrame(0, 9), await pictureFrame(1, 9, 'blue')];
  const sized = new SizedJpegs();
  const held = { frames: 1, untilS: 0 };
  const first = await sized.of({ ...a, ...held });
  expect(await sized.of({ ...a, ...held })).toBe(first);
  expect(sized.bytes).toBe(first.jpeg.length);

  const tight = new SizedJpegs(384, first.jpeg.length);
  const made = await tight.of({ ...a, ...held });
  await tight.of({ ...b, ...held });
  expect(tight.bytes).toBeLessThanOrEqual(first.jpeg.length);
  expect(await tight.of({ ...a, ...held })).not.toBe(made);
});

test('of two streams whose frames have the same ids each has pictures of its own', async () => {
  const sized = new SizedJpegs();
  const [red, blue] = [await pictureFrame(0, 9), await pictureFrame(0, 9, 'blue')];
  const last = await pictureFrame(1);
  const ours = (await pictureParts(viewOf([red, last]), sized))[1]!;
  const theirs = (await pictureParts(viewOf([blue, last]), sized))[1]!;
  expect(partKey(theirs)).not.toBe(partKey(ours));
  if (ours.type !== 'picture' || theirs.type !== 'picture') throw new Error('No pictures.');
  expect(theirs.picture.jpeg).not.toEqual(ours.picture.jpeg);
});
