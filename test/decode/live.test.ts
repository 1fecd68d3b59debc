import { describe, expect, it } from 'vitest';
import type { Frame } from '#dist/media/frame.js';
import { clip } from '../support/clips.ts';
import { decodeAll, everyDecoder, first, openError } from '../support/decoding.ts';
import { broadcast, lossyBroadcast, tunedIn } from '../support/lossy-stream.ts';
import { meanDifference } from '../support/pictures.ts';

/** Fails the test for every frame that is not the frame of the whole stream at its pts. */
function expectUnharmed(given: readonly Frame[], whole: readonly Frame[]): void {
  const known = new Map(whole.map((frame) => [frame.pts, frame.data]));
  const harmed = given.filter(({ pts, data }) => meanDifference(data, known.get(pts) ?? new Uint8Array()) !== 0);
  expect(harmed.map(({ pts }) => pts)).toEqual([]);
}

const droppedOf = (frames: readonly Frame[]): number => frames.reduce((sum, frame) => sum + frame.droppedBefore, 0);

describe.each(everyDecoder)('a live source, decoded by %s', (decoder) => {
  const live = { live: true };
  // Of HEVC's losses only the log tells, which is not to be had in a process with other sources.
  const codecs = decoder === 'libav' ? (['h264'] as const) : (['h264', 'hevc'] as const);
  const losses = codecs.flatMap((codec) => [1, 2, 3].map((seed) => [codec, seed] as const));

  it.each(losses)('that loses packets shows no picture that they harmed (%s, %d)', async (codec, seed) => {
    const whole = await decodeAll(await broadcast(codec), decoder);
    const { source, frames, error } = await decodeAll(await lossyBroadcast(seed, codec), decoder, {}, live);
    expect(error).toBeUndefined();
    expectUnharmed(frames, whole.frames);
    expect(source.counts.discarded).toBeGreaterThan(0);
    const dropped = droppedOf(frames);
    expect(frames.length + dropped + source.counts.discarded).toBe(source.counts.decoded);
    // Four losses cost at most eight of ten groups of pictures.
    expect(frames.length + dropped).toBeGreaterThanOrEqual(30);
  });

  it('that is sampled loses the pictures that were harmed and no others', async () => {
    const whole = await decodeAll(await broadcast(), decoder);
    const { source, frames } = await decodeAll(await lossyBroadcast(1), decoder, { fps: 5 }, live);
    expectUnharmed(frames, whole.frames);
    expect(frames.length).toBeGreaterThan(5);
    const { decoded, discarded, skipped } = source.counts;
    expect(frames.length + droppedOf(frames)).toBe(decoded - discarded - skipped);
  });

  it('that is joined in the middle begins with a key frame', async () => {
    const whole = await decodeAll(await broadcast(), decoder);
    const { frames } = await decodeAll(await tunedIn(), decoder, {}, live);
    expect(first(frames).keyframe).toBe(true);
    expectUnharmed(frames, whole.frames);
  });

  it('says when each frame was decoded; a file does not', async () => {
    const before = BigInt(Date.now()) * 1000n;
    const { frames } = await decodeAll(await clip('upright'), decoder, {}, live);
    for (const { wallclockUs } of frames) expect(wallclockUs).toBeGreaterThanOrEqual(before);
    const still = await decodeAll(await clip('upright'), decoder);
    expect(first(still.frames)).not.toHaveProperty('wallclockUs');
    expect(still.source.counts.discarded).toBe(0);
  });
});

describe.each(everyDecoder)('hardware decoding with %s', (decoder) => {
  const foreign = process.platform === 'darwin' ? 'vaapi' : 'videotoolbox';

  it('that cannot be had leaves the work to the processor and says so', async () => {
    const notes: string[] = [];
    const path = await clip('constant');
    const options = { hwaccel: foreign, onNote: (text: string) => void notes.push(text) };
    const [soft, hard] = [await decodeAll(path, decoder), await decodeAll(path, decoder, {}, options)];
    expect(hard.frames).toEqual(soft.frames);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(`Hardware decoding with "${foreign}" cannot be had (`);
  });

  it.each(['vaapi', 'cuda', 'vulkan', 'auto'])('gives the frames, such hardware or not (%s)', async (hwaccel) => {
    const path = await clip('constant');
    const [soft, hard] = [await decodeAll(path, decoder), await decodeAll(path, decoder, {}, { hwaccel })];
    expect(hard.error).toBeUndefined();
    expect(hard.frames.map(({ pts }) => pts)).toEqual(soft.frames.map(({ pts }) => pts));
    hard.frames.forEach(({ data }, i) => expect(meanDifference(data, soft.frames[i]!.data)).toBeLessThan(2));
  });

  it('is refused by a name that FFmpeg does not know', async () => {
    const error = await openError(await clip('upright'), decoder, { hwaccel: 'turbo' });
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toContain('"turbo"');
    expect(error.mend).toContain('off, auto, amf, cuda');
  });
});
