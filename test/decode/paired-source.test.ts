import { describe, expect, onTestFinished, test } from 'vitest';
import { inputKind } from '#dist/decode/input-kind.js';
import { openLibav } from '#dist/decode/open-libav.js';
import { openSource } from '#dist/decode/open-source.js';
import type { OpenOptions } from '#dist/decode/open-source.js';
import type { FrameSource } from '#dist/media/frame-source.js';
import type { Frame } from '#dist/media/frame.js';
import { children } from '../support/children.ts';
import { never, smallTarget } from '../support/decoding.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { rejection } from '../support/rejection.ts';
import { sleep, until } from '../support/sleep.ts';

const side = 96;

/** A ball whose place depends on the clock of this machine alone, whoever films it. */
const ball = (options: { width: number; height: number; fps: number }): string =>
  pattern('ball animation-mode=wall-time motion=sweep', options);

/** Two cameras of one place: a main stream, and a sub-stream that is squeezed to 4 : 3 as many are. */
async function twoStreams(): Promise<{ main: LiveCameras; sub: LiveCameras; urls: readonly [string, string] }> {
  const [main, sub] = [new LiveCameras(), new LiveCameras()];
  await main.start({ main: ball({ width: 960, height: 540, fps: 20 }) });
  await sub.start({ sub: ball({ width: 320, height: 240, fps: 10 }) });
  return { main, sub, urls: [`rtsp://127.0.0.1:${main.port}/main`, `rtsp://127.0.0.1:${sub.port}/sub`] };
}

async function open([main, scoreInput]: readonly [string, string], options: OpenOptions = {}): Promise<FrameSource> {
  const target = { ...smallTarget, side, resize: 'pad' } as const;
  const source = await openSource(main, target, { isolated: true, scoreInput, ...options });
  onTestFinished(() => source.close());
  return source;
}

type Place = readonly [number, number];

/** Where the bright ball is, pixels. */
function place(data: Uint8Array): Place {
  const sum = [0, 0, 0];
  for (let i = 0; i < side * side; i++) {
    // The bars above and below are not black.
    if (data[3 * i]! < 150) continue;
    sum[0]! += i % side;
    sum[1]! += Math.floor(i / side);
    sum[2]! += 1;
  }
  return [sum[0]! / sum[2]!, sum[1]! / sum[2]!];
}

/** How far a place is from the way through others, pixels. */
function off([x, y]: Place, way: readonly Place[]): number {
  const steps = way.slice(1).map(([toX, toY], i) => {
    const [fromX, fromY] = way[i]!;
    const [dx, dy] = [toX - fromX, toY - fromY];
    const along = ((x - fromX) * dx + (y - fromY) * dy) / (dx * dx + dy * dy || 1);
    const share = Math.min(1, Math.max(0, along));
    return Math.hypot(x - fromX - share * dx, y - fromY - share * dy);
  });
  return Math.min(...steps);
}

const decoders = (): string[] => children().filter((line) => line.includes('decoder-process'));

describe.skipIf(!hasCameras)('a camera with a sub-stream', () => {
  test('gives the frames of the sub-stream, and for each that is asked for the newest picture of the main stream', async () => {
    const { urls } = await twoStreams();
    const source = await open(urls);
    expect(source.facts).toMatchObject({
      ...{ input: urls[0], width: 960, height: 540, live: true },
      scored: { input: urls[1], width: 320, height: 240 },
    });
    const places: Place[] = [];
    const asked: { index: number; at: Place }[] = [];
    for await (const frame of source.frames(never)) {
      places.push(place(frame.data));
      // Three in a row, then none for two groups of pictures: what is asked for next must not be old.
      if (frame.index % 25 >= 20 && frame.index % 25 < 23) {
        const picture = await source.picture!(frame);
        expect(picture).not.toBe(frame.data);
        expect(picture.length).toBe(frame.data.length);
        asked.push({ index: frame.index, at: place(picture) });
        source.recycle(picture);
      }
      if (frame.index === 82) break;
    }
    expect(asked.length).toBeGreaterThan(8);
    for (const { index, at } of asked) {
      // It is where the sub-stream sees the ball now or a little later. The ball goes round once a second, 10 px a frame.
      expect(off(at, places.slice(Math.max(0, index - 1), index + 4)), `frame ${index}`).toBeLessThan(5);
    }
    // With pictures that are half a second old the same check fails.
    const old = asked.filter(({ index, at }) => off(at, places.slice(index - 7, index - 3)) >= 5);
    expect(old.length).toBeGreaterThan(0);
    expect(source.counts.substituted).toBe(0);
    await until(() => decoders().length === 0);
  });

  test('decodes nothing of the main stream until a picture is wanted', async () => {
    const { urls } = await twoStreams();
    const [input] = urls;
    const request = { input, kind: inputKind(input), target: smallTarget, hide: [], hwaccel: 'off', alone: false };
    const source = await openLibav({ ...request, onDemand: true, signal: never, onNote: () => undefined });
    const end = new AbortController();
    const frames = source.frames(end.signal);
    const first = frames.next();
    await sleep(1500);
    expect(source.counts.decoded).toBe(0);
    source.want!();
    expect((await first).done).toBe(false);
    const { decoded } = source.counts;
    // From the newest key frame on, of which there is one a second.
    expect(decoded).toBeGreaterThan(0);
    expect(decoded).toBeLessThanOrEqual(22);
    const second = frames.next();
    await sleep(300);
    expect(source.counts.decoded).toBe(decoded);
    end.abort();
    expect((await second).done).toBe(true);
  });

  test('encodes the frame itself while the main stream stands still, and is lost when it stays so', async () => {
    const { main, urls } = await twoStreams();
    const proxy = await FaultProxy.open(() => main.port);
    const source = await open([`rtsp://127.0.0.1:${proxy.port}/main`, urls[1]], { openTimeoutS: 4, silenceS: 4 });
    const own: boolean[] = [];
    const read = async (): Promise<void> => {
      for await (const frame of source.frames(never)) {
        if (frame.index === 10) proxy.freeze();
        own.push((await source.picture!(frame)) === frame.data);
      }
    };
    expect(await rejection(read())).toMatchObject({ code: 'DECODE_FAILED' });
    expect(own.slice(0, 9)).toEqual(own.slice(0, 9).map(() => false));
    // One that was waited for, and then all of them at once: ten a second for the rest of the four seconds.
    expect(own.filter(Boolean).length).toBeGreaterThan(10);
    expect(source.counts.substituted).toBe(own.filter(Boolean).length);
    await until(() => decoders().length === 0);
  });

  test('takes its pictures again once the main stream goes on', async () => {
    const { main, urls } = await twoStreams();
    const proxy = await FaultProxy.open(() => main.port);
    const source = await open([`rtsp://127.0.0.1:${proxy.port}/main`, urls[1]]);
    const own: boolean[] = [];
    for await (const frame of source.frames(never)) {
      if (frame.index === 5) proxy.freeze();
      own.push((await source.picture!(frame)) === frame.data);
      if (own.filter(Boolean).length === 5) proxy.thaw();
      if (own.lastIndexOf(true) >= 0 && own.length - own.lastIndexOf(true) > 10) break;
    }
    expect(own.at(-1)).toBe(false);
  });

  test.each(['main', 'sub'] as const)('is lost with either (%s), though nobody asks for pictures', async (which) => {
    const { urls, ...cameras } = await twoStreams();
    const source = await open(urls);
    const read = async (): Promise<number> => {
      let seen = 0;
      for await (const frame of source.frames(never)) {
        if (frame.index === 5) await cameras[which].stop();
        seen += 1;
      }
      return seen;
    };
    const end: unknown = await read().catch((thrown: unknown) => thrown);
    // A server that goes is an end or a broken connection, as TCP tells it.
    expect(typeof end === 'number' || (end as { code: string }).code === 'DECODE_FAILED').toBe(true);
    await until(() => decoders().length === 0);
  });

  test('is not there where one of them is not, and leaves nothing behind', async () => {
    const { urls } = await twoStreams();
    const [main, sub] = urls;
    const noSub = sub.replace('/sub', '/none').replace('rtsp://', 'rtsp://eve:hunter2@');
    const error = await rejection(open([main, noSub]));
    expect(error).toMatchObject({ code: 'INPUT_UNREACHABLE' });
    expect(String(error)).toContain('/none');
    expect(String(error)).not.toContain('hunter2');
    expect(await rejection(open([main.replace('/main', '/none'), sub]))).toMatchObject({ code: 'INPUT_UNREACHABLE' });
    await until(() => decoders().length === 0);
  });

  test('survives the death of a decoder as an error of the source', async () => {
    const { urls } = await twoStreams();
    const source = await open(urls);
    const read = async (): Promise<void> => {
      let frame: Frame | undefined;
      for await (frame of source.frames(never)) {
        if (frame.index === 3) process.kill(source.facts.pid!, 'SIGKILL');
        await sleep(0);
      }
    };
    expect(await rejection(read())).toMatchObject({ code: 'DECODE_FAILED' });
    await until(() => decoders().length === 0);
  });
});

describe('a sub-stream', () => {
  const target = smallTarget;
  test.each([
    ['a file', 'film.mp4', 'rtsp://127.0.0.1/sub', {}],
    ['the ffmpeg decoder', 'rtsp://127.0.0.1/main', 'rtsp://127.0.0.1/sub', { decoder: 'ffmpeg' }],
    ['a file as sub-stream', 'rtsp://127.0.0.1/main', 'rtsp.mp4', {}],
  ] as const)('beside %s is refused before anything is opened', async (_, input, scoreInput, options) => {
    const error = await rejection(openSource(input, target, { ...options, scoreInput }));
    expect(error).toMatchObject({ code: 'OPTION_INVALID' });
    expect(String(error)).toContain(scoreInput);
  });
});
