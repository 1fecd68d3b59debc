import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { openSource } from '#dist/decode/open-source.js';
import { seconds } from '#dist/media/timebase.js';
import type { Frame } from '#dist/media/frame.js';
import { clip, cutClip, fileOf, silence, writtenSeconds } from '../support/clips.ts';
import type { ClipName } from '../support/clips.ts';
import {
  decodeAll,
  everyDecoder,
  first,
  hasFfmpeg,
  never,
  opening,
  openError,
  smallTarget,
} from '../support/decoding.ts';
import { distance, meanDifference, pixel, readBarcode } from '../support/pictures.ts';
import { children } from '../support/children.ts';

async function refusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each(everyDecoder)('the %s decoder', (decoder) => {
  describe('gives the frames of the container', () => {
    const clips: readonly ClipName[] = [
      ...(['constant', 'variable', 'gap', 'lateStart', 'lateStartMp4'] as const),
      ...(['rounded30', 'odd', 'tenBit', 'long'] as const),
    ];

    it.each(clips)('once each, in order, with their own pts (%s)', async (name) => {
      const { source, frames, error } = await decodeAll(await clip(name), decoder);
      expect(error).toBeUndefined();
      const { timebase } = source.facts;
      expect(frames.map((f) => readBarcode(f))).toEqual(writtenSeconds(name).map((_, i) => i));
      expect(frames.map((f) => f.index)).toEqual(frames.map((_, i) => i));
      frames.forEach((f, i) => expect(seconds(f.pts, timebase)).toBeCloseTo(writtenSeconds(name)[i] ?? NaN, 9));
      expect(source.counts).toEqual({ decoded: frames.length, discarded: 0, skipped: 0 });
    });

    it('with the distances of an MPEG-TS, whose muxer may shift the start', async () => {
      const { source, frames } = await decodeAll(await clip('transport'), decoder);
      expect(source.facts.timebase).toEqual({ num: 1, den: 90000 });
      const start = first(frames).pts;
      expect(frames.map((f) => f.pts - start)).toEqual(frames.map((_, i) => BigInt(i * 3600)));
      expect(start).toBeGreaterThan(0n);
    });

    it('and marks its keyframes', async () => {
      const { frames } = await decodeAll(await clip('constant'), decoder);
      expect(frames.filter((f) => f.keyframe).map((f) => f.index)).toEqual([0, 10, 20, 30, 40, 50]);
    });

    it('each in a buffer of its own, without padding', async () => {
      const { frames } = await decodeAll(await clip('odd'), decoder, { side: 50 });
      for (const { data, width, height } of frames) {
        expect([width, height]).toEqual([50, 50]);
        expect([data.byteOffset, data.length, data.buffer.byteLength]).toEqual([0, 7500, 7500]);
      }
      expect(new Set(frames.map((f) => f.data.buffer)).size).toBe(frames.length);
    });
  });

  describe('refuses', () => {
    it.each([
      ['a file that is not there', () => Promise.resolve(join(tmpdir(), 'no such clip.mp4')), 'INPUT_MISSING'],
      ['a text named like a video', () => fileOf('text.mp4', 'Not a video.\n'.repeat(200)), 'INPUT_UNREADABLE'],
      ['a plain text', () => fileOf('text.txt', 'Not a video.\n'.repeat(200)), 'INPUT_UNREADABLE'],
      ['an empty file', () => fileOf('empty.mp4', ''), 'INPUT_UNREADABLE'],
      ['a folder', () => Promise.resolve(tmpdir()), 'INPUT_UNREADABLE'],
      ['a sound without a picture', () => fileOf('silence.wav', silence()), 'INPUT_UNREADABLE'],
      ['an MP4 without its index', () => cutClip('constant', 0.6), 'INPUT_UNREADABLE'],
    ] as const)('%s', async (_, make, code) => {
      const path = await make();
      const error = await openError(path, decoder);
      expect(error.code).toBe(code);
      expect(error.what).toContain(path);
    });

    it.each(['http', 'rtsp', 'rtmp'])('an unreachable %s address, without telling its secrets', async (scheme) => {
      const address = `${scheme}://eve:hunter2@127.0.0.1:${await refusedPort()}/live?token=t0k3n`;
      const error = await openError(address, decoder);
      expect(error.code).toBe('INPUT_UNREACHABLE');
      expect(error.what).toContain('***@127.0.0.1');
      expect(`${error.message} ${String(error.cause)}`).not.toMatch(/hunter2|t0k3n/);
    });

    it('to open when the signal has aborted', async () => {
      const opened = openSource(await clip('long'), smallTarget, {
        ...opening(decoder),
        signal: AbortSignal.abort(),
      });
      await expect(opened).rejects.toMatchObject({ code: 'ABORTED' });
    });
  });

  describe('of a file that is cut off', () => {
    it('gives the frames before the cut, then says that it is damaged', async () => {
      const { frames, error } = await decodeAll(await cutClip('gap', 0.6), decoder);
      expect(error?.code).toBe('DECODE_DAMAGED');
      expect(frames.length).toBeGreaterThan(5);
      expect(frames.length).toBeLessThan(20);
      // The picture before the last one may be lost: a B-frame is stored after the one that it is shown before.
      const numbers = frames.map((f) => readBarcode(f));
      expect(numbers.slice(0, -1)).toEqual(numbers.slice(0, -1).map((_, i) => i));
      frames.forEach((f, i) => expect(seconds(f.pts, f.timebase)).toBe(writtenSeconds('gap')[numbers[i] ?? -1]));
      expect(error?.what).toContain(`frames given: ${frames.length}, the last at pts ${frames.at(-1)?.pts} × 1/1000 s`);
    });
  });

  describe('reads', () => {
    it('a file over HTTP, which is no live source', async () => {
      const body = await readFile(await clip('variable'));
      const server = createServer((_, response) => void response.end(body));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = `http://eve:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}/clip.mkv`;
      const { source, frames, error } = await decodeAll(address, decoder);
      await new Promise((resolve) => server.close(resolve));
      expect(error).toBeUndefined();
      expect(source.facts.live).toBe(false);
      expect(source.facts.input).not.toContain('hunter2');
      expect(frames).toHaveLength(writtenSeconds('variable').length);
    });

    it('a lavfi graph', async () => {
      const { frames } = await decodeAll('lavfi:color=c=red:s=32x32:r=10:d=1', decoder);
      expect(frames).toHaveLength(10);
      expect(distance(pixel(first(frames), 0.5, 0.5), [255, 0, 0])).toBeLessThan(8);
    });
  });

  describe('is given up', () => {
    const target = { ...smallTarget, side: 384 };

    it('half-way by a signal, ends without an error and leaves nothing running', async () => {
      const source = await openSource(await clip('long'), target, opening(decoder));
      const abort = new AbortController();
      let seen = 0;
      for await (const frame of source.frames(abort.signal)) {
        seen += 1;
        if (frame.index === 20) abort.abort();
      }
      expect(seen).toBe(21);
      expect(children()).toEqual([]);
    });

    it('while a frame is being waited for', async () => {
      const source = await openSource(await clip('long'), target, opening(decoder));
      const abort = new AbortController();
      const frames = source.frames(abort.signal);
      await frames.next();
      const waiting = frames.next();
      abort.abort();
      await waiting;
      expect(await frames.next()).toEqual({ done: true, value: undefined });
      expect(children()).toEqual([]);
    });

    it('by its reader, who simply stops reading', async () => {
      const source = await openSource(await clip('long'), target, opening(decoder));
      for await (const frame of source.frames(never)) if (frame.index === 3) break;
      expect(children()).toEqual([]);
    });

    it('before the first frame, and twice', async () => {
      const source = await openSource(await clip('long'), target, opening(decoder));
      await source.close();
      await source.close();
      expect(await source.frames(never).next()).toEqual({ done: true, value: undefined });
    });

    it('and does not keep the process alive', async () => {
      const script = `
        import { openSource } from ${JSON.stringify(new URL('../../dist/decode/open-source.js', import.meta.url).href)};
        const target = ${JSON.stringify(target)};
        const source = await openSource(process.argv[1], target, ${JSON.stringify(opening(decoder))});
        const abort = new AbortController();
        const frames = source.frames(abort.signal);
        await frames.next();
        abort.abort();
        process.stdout.write('aborted');
      `;
      const node = spawn(process.execPath, ['--input-type=module', '-e', script, await clip('long')]);
      let output = '';
      node.stdout.on('data', (text) => (output += String(text)));
      const status = await new Promise((resolve) => node.on('close', resolve));
      expect([status, output]).toEqual([0, 'aborted']);
    });
  });

  it('decodes no more than it is asked for, but for what its own queue holds', async () => {
    const source = await openSource(await clip('long'), { ...smallTarget, side: 512 }, opening(decoder));
    const frames = source.frames(never);
    for (let i = 0; i < 5; i++) await frames.next();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(source.counts.decoded).toBeLessThan(40);
    await frames.return();
  });
});

describe.skipIf(!hasFfmpeg)('the two decoders', () => {
  const clips: readonly ClipName[] = [
    ...(['constant', 'variable', 'lateStartMp4', 'transport', 'odd', 'tenBit', 'turned90', 'anamorphic'] as const),
  ];

  it.each(clips.flatMap((name) => (['stretch', 'pad', 'crop'] as const).map((resize) => [name, resize] as const)))(
    'agree on pts, keyframes and pixels (%s, %s)',
    async (name, resize) => {
      const path = await clip(name);
      const [libav, ffmpeg] = await Promise.all([
        decodeAll(path, 'libav', { resize, side: 96 }),
        decodeAll(path, 'ffmpeg', { resize, side: 96 }),
      ]);
      const shape = (f: Frame): unknown[] => [f.index, f.pts, f.timebase, f.keyframe, f.width, f.height];
      expect(ffmpeg.frames.map(shape)).toEqual(libav.frames.map(shape));
      expect({ ...ffmpeg.source.facts, decoder: '' }).toEqual({ ...libav.source.facts, decoder: '' });
      libav.frames.forEach((f, i) => {
        expect(meanDifference(f.data, ffmpeg.frames[i]?.data ?? new Uint8Array())).toBeLessThanOrEqual(1);
      });
    },
  );

  it('agree on what is left of a file that is cut off', async () => {
    const path = await cutClip('gap', 0.6);
    const [libav, ffmpeg] = await Promise.all([decodeAll(path, 'libav'), decodeAll(path, 'ffmpeg')]);
    expect(ffmpeg.frames.map((f) => f.pts)).toEqual(libav.frames.map((f) => f.pts));
    expect(ffmpeg.error?.code).toBe(libav.error?.code);
  });
});
