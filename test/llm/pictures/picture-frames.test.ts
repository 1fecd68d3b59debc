import { openSource } from '#dist/decode/open-source.js';
import { pictureFrames, pictureTarget } from '#dist/llm/pictures/picture-frames.js';
import type { PictureOptions } from '#dist/llm/pictures/picture-frames.js';
import type { PictureContent, WindowFrame } from '#dist/llm/window-frame.js';
import type { StreamMoment } from '#dist/operators/note-moments.js';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clip } from '../../support/clips.ts';
import type { ClipName } from '../../support/clips.ts';
import { codeOf } from '../../support/error-code.ts';
import { PaintedSource } from '../../support/painted-source.ts';
import { scenery, solid } from '../../support/picture.ts';
import type { Picture } from '../../support/picture.ts';
import { rejection } from '../../support/rejection.ts';
import { turn } from '../../support/sleep.ts';

const idle = new AbortController().signal;

async function all(frames: AsyncIterable<WindowFrame<PictureContent>>): Promise<WindowFrame<PictureContent>[]> {
  const list = [];
  for await (const frame of frames) list.push(frame);
  return list;
}

async function ofClip(name: ClipName, pictures: PictureOptions = {}): Promise<WindowFrame<PictureContent>[]> {
  const source = await openSource(await clip(name), pictureTarget(pictures, 'native'));
  onTestFinished(() => source.close());
  return all(pictureFrames(source, pictures, idle));
}

/** Colour of a place, given as shares. */
async function colorAt({ content }: WindowFrame<PictureContent>, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(content.jpeg).raw().toBuffer({ resolveWithObject: true });
  const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * 3;
  return [...data.subarray(at, at + 3)];
}

describe('a clip', () => {
  test('in which nothing happens is one picture, and references to it by its bytes', async () => {
    const frames = await ofClip('upright');
    expect(frames.map(({ id, tokens }) => [id, tokens])).toEqual([
      ['default/0/0', 144],
      ['default/0/1', 1],
      ['default/0/2', 1],
    ]);
    const [first, ...held] = frames;
    expect(first?.content.sameAs).toBeUndefined();
    for (const { content } of held) {
      expect(content.sameAs).toBe('default/0/0');
      expect(content.jpeg).toBe(first?.content.jpeg);
    }
  });

  test.each([
    ['upright', 384, 288],
    ['wide', 384, 192],
    ['turned90', 288, 384],
  ] as const)('keeps the shape of its source: %s', async (name, width, height) => {
    const [first] = await ofClip(name);
    expect(first?.content).toMatchObject({ width, height });
    const real = await sharp(first?.content.jpeg).metadata();
    expect([real.format, real.width, real.height]).toEqual(['jpeg', width, height]);
  });

  test('shows what it showed, at the time that it had', async () => {
    const frames = await ofClip('upright');
    expect(frames.map(({ atS }) => atS)).toEqual([0, 0.04, 0.08]);
    const [red, , , blue] = await colorAt(frames[0]!, 0.25, 0.25).then((c) => [c[0], c[1], c[2], 0]);
    expect(red).toBeGreaterThan(190);
    expect(blue).toBe(0);
    const [r, g, b] = await colorAt(frames[0]!, 0.25, 0.75);
    expect(b! - Math.max(r!, g!)).toBeGreaterThan(100);
  });

  test.each([
    [144, 384, 288],
    [36, 192, 144],
    [9, 96, 72],
    [1, 64, 48],
  ])('is %i tokens a frame at %i × %i pixels', async (tokens, width, height) => {
    const frames = await ofClip('upright', { options: { policy: `fixed:${tokens}` } });
    expect(frames).toHaveLength(3);
    for (const frame of frames) {
      expect(frame.tokens).toBe(tokens);
      expect(frame.content).toMatchObject({ width, height });
      expect(frame.content.sameAs).toBeUndefined();
    }
  });

  test('has the size that was asked for, and one scale more where the ladder has one', async () => {
    const [half] = await ofClip('upright', { edge: 192 });
    expect(half?.content.width).toBe(192);
    const [large] = await ofClip('upright', { options: { maxScale: 576 } });
    expect([large?.tokens, large?.content.width]).toEqual([576, 768]);
  });
});

const SIDE = pictureTarget({}, 'native').side;

/** One of the 36 blocks brighter by 40 grey levels: the scale of 36 says all of it. */
function withLamp(picture: Picture): Picture {
  const isLit = (x: number, y: number): boolean => Math.floor(x / 64) === 1 && Math.floor(y / 64) === 1;
  return picture.map((value, i) => {
    const pixel = Math.floor(i / 3);
    return isLit(pixel % SIDE, Math.floor(pixel / SIDE)) ? Math.min(255, value + 40) : value;
  });
}

test('a change costs what it is worth: a new scene the finest scale, a lamp a coarser one', async () => {
  const [day, night] = [scenery(SIDE, 1), scenery(SIDE, 2)];
  const paint = (i: number) => (i < 20 ? day : i < 40 ? withLamp(day) : night);
  const source = new PaintedSource({ count: 60, paint });
  const frames = await all(pictureFrames(source, {}, idle));
  const shown = frames.filter(({ content }) => content.sameAs === undefined);
  expect(shown.map(({ id }) => id)).toEqual(['default/0/0', 'default/0/20', 'default/0/40']);
  expect(shown.map(({ tokens }) => tokens)).toEqual([144, 36, 144]);
  expect(frames[39]?.content.sameAs).toBe('default/0/20');
  // 1920 × 1080 is what the painted source says that it is.
  expect(shown.map(({ content }) => [content.width, content.height])).toEqual([
    [384, 216],
    [192, 108],
    [384, 216],
  ]);
  expect(source.recycled).toBe(60);
});

test('ids carry the stream, its epoch and a sequence that goes on', async () => {
  const source = new PaintedSource({ count: 2, paint: () => solid(SIDE, [9, 9, 9]) });
  const options = { stream: 'door', epoch: 3 };
  const frames = await all(pictureFrames(source, { options, firstSequence: 40 }, idle));
  expect(frames.map(({ id }) => id)).toEqual(['door/3/40', 'door/3/41']);
  expect(frames[1]?.content.sameAs).toBe('door/3/40');
});

test('a live frame tells when it was taken', async () => {
  const part = () => ({ wallclockUs: 1_700_000_000_123_456n });
  const source = new PaintedSource({ count: 3, paint: () => scenery(SIDE, 1), live: true, part });
  const [first] = await all(pictureFrames(source, {}, idle));
  expect(first?.wallclockMs).toBe(1_700_000_000_123);
});

test('moments are told beside the pictures', async () => {
  const [day, night] = [scenery(SIDE, 1), scenery(SIDE, 2)];
  const moments: StreamMoment[] = [];
  const source = new PaintedSource({ count: 30, paint: (i) => (i < 20 ? day : night) });
  const onMoment = (moment: StreamMoment): unknown => moments.push(moment);
  await all(pictureFrames(source, { onMoment }, idle));
  expect(moments).toContainEqual({ kind: 'cut', index: 20 });
});

test('a file waits for whoever takes its pictures', async () => {
  const source = new PaintedSource({ count: Infinity, paint: (i) => solid(SIDE, [i % 256, 0, 0]) });
  const frames = pictureFrames(source, { options: { window: 4 } }, idle);
  await frames.next();
  for (let i = 0; i < 200; i++) await turn();
  expect(source.counts.decoded).toBeLessThanOrEqual(5);
  await frames.return(undefined);
  for (let i = 0; i < 200 && source.closed === 0; i++) await turn();
  expect(source.closed).toBe(1);
});

test('an abort ends the loop without an error, also while it waits', async () => {
  const abort = new AbortController();
  const source = new PaintedSource({ count: 1, paint: () => solid(SIDE, [0, 0, 0]), freezes: true });
  const frames = pictureFrames(source, {}, abort.signal);
  expect((await frames.next()).done).toBe(false);
  const waiting = frames.next();
  abort.abort();
  expect((await waiting).done).toBe(true);
});

test("a source's failure comes after its frames", async () => {
  const failure = new Error('the end of the tape');
  const source = new PaintedSource({ count: 3, paint: () => solid(SIDE, [0, 0, 0]), failure });
  const frames: string[] = [];
  const error = await rejection(
    (async () => {
      for await (const { id } of pictureFrames(source, {}, idle)) frames.push(id);
    })(),
  );
  expect(error.what).toContain('the end of the tape');
  expect(frames).toHaveLength(3);
});

test('what needs features, and a source of another size, are refused', async () => {
  expect(codeOf(() => pictureTarget({ options: { policy: 'fidelity' } }, 'native'))).toBe('OPTION_INVALID');
  expect(codeOf(() => pictureTarget({ edge: 20 }, 'native'))).toBe('OPTION_INVALID');
  expect(codeOf(() => pictureTarget({ options: { policy: 'fixed:7' } }, 'native'))).toBe('LADDER_INVALID');
  const source = new PaintedSource({ count: 3, paint: () => solid(96, [0, 0, 0]) });
  expect(await rejection(all(pictureFrames(source, {}, idle)))).toMatchObject({ code: 'OPTION_INVALID' });
});
