import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { parseConfig } from '#dist/config/parse-config.js';
import { Service } from '#dist/service/service.js';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasFfmpeg } from '../support/decoding.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { LiveService, collect, hear } from '../support/live-service.ts';
import type { Source } from '../support/live-service.ts';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { until } from '../support/sleep.ts';

/** A white box at the upper left that comes and goes each half second, before grey. */
const blinking =
  "lavfi:color=gray:s=192x108:r=10[a];color=white:s=48x36:r=10[b];[a][b]overlay=enable='lt(mod(t,1),0.5)'";
const blinks = { input: `${blinking},realtime`, live: true, camera: false };
const upperLeft = [[0, 0, 0.3, 0.4]];

describe('what a file says of the places of a picture', () => {
  test('holds: what is hidden is not seen, what is ignored or elsewhere does not count', async () => {
    const service = await LiveService.start([
      { name: 'whole', ...blinks },
      { name: 'hidden', ...blinks, hide: upperLeft },
      { name: 'ignored', ...blinks, ignore: upperLeft },
      { name: 'elsewhere', ...blinks, regions: [[0.5, 0.5, 0.5, 0.5]] },
    ]);
    const client = await service.client();
    const names = ['whole', 'hidden', 'ignored', 'elsewhere'];
    const streams = names.map((name) => collect(client, name));
    await until(() => streams.every(({ length }) => length > 25));
    const runs = await Promise.all(names.map((name) => service.metric('stream_encoder_runs_total', name)));
    expect(runs[0]).toBeGreaterThan(2);
    expect(runs.slice(1)).toEqual([1, 1, 1]);
    // What is hidden is not in the first frame either, which is sent whole: all of it is alike, the box was not.
    const alike = streams.map(([packet]) => {
      const { tokens, channels } = packet!;
      const rows = Array.from({ length: tokens.length / channels }, (_, i) =>
        String(tokens.subarray(i * channels, (i + 1) * channels)),
      );
      return new Set(rows).size;
    });
    expect(alike[1]).toBeLessThan(alike[2]!);
  });
});

describe('what a file says of how a source is decoded', () => {
  test('reaches the decoder: hardware, time to answer, tries', async () => {
    const silence = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silence.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silence.close());
    const { port } = silence.address() as AddressInfo;
    const foreign = process.platform === 'darwin' ? 'vaapi' : 'videotoolbox';
    const service = await LiveService.start([
      { name: 'hard', ...blinks, hwaccel: foreign },
      { name: 'mute', input: `rtsp://127.0.0.1:${port}/a`, openTimeout: 0.7, retry: { attempts: 2 } },
    ]);
    const lines = (name: string): Record<string, unknown>[] => service.log.filter(({ stream }) => stream === name);
    await service.reaches('mute', 'failed');
    await until(() => lines('mute').some(({ level }) => level === 50));
    expect(lines('mute').map(({ failures }) => failures)).toEqual([1, 2, undefined]);
    expect(lines('mute').at(-1)!['mend']).toContain('it has 0.7 s to answer');
    await service.reaches('hard', 'live');
    expect(lines('hard')[0]!['msg']).toContain(`Hardware decoding with "${foreign}" cannot be had`);
  });

  test('has the processor decode where hardware gave nothing, and asks the hardware again after that', async () => {
    // Over after its only frame, again and again.
    const input = 'lavfi:color=gray:s=192x108:r=10:d=0.1,realtime';
    const service = await LiveService.start([{ name: 'a', input, live: true, hwaccel: 'cuda' }]);
    const lines = (): unknown[] => service.log.filter(({ stream }) => stream === 'a').map(({ msg }) => msg);
    const lives = (): number => lines().filter((msg) => msg === 'source live').length;
    await until(() => lives() >= 4);
    const notes = lines().flatMap((msg) => /^Hardware decoding with "cuda" .*\((.*)\)/.exec(String(msg))?.[1] ?? []);
    // The first: no device decodes what is not coded.
    const [first, second, ...more] = notes;
    expect(first).not.toBe(second);
    expect(second).toBe('the connection before had 1 of the 3 frames that prove it');
    expect(more.slice(0, 2)).toEqual([first, second]);
  });

  test.skipIf(!hasFfmpeg)('chooses the decoder', async () => {
    const service = await LiveService.start([
      { name: 'libav', ...blinks, decoder: 'libav' },
      { name: 'ffmpeg', ...blinks, decoder: 'ffmpeg' },
    ]);
    for (const name of ['libav', 'ffmpeg']) {
      await service.reaches(name, 'live');
      const live = (): unknown => service.log.find(({ stream, msg }) => stream === name && msg === 'source live');
      await until(() => live() !== undefined);
      expect(live()).toMatchObject({ decoder: name });
    }
  });

  test.skipIf(!hasCameras)('chooses how RTSP brings its packets', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball') });
    const ways = await Promise.all(['tcp', 'udp'].map(() => FaultProxy.open(() => cameras.port)));
    const [tcp, udp] = ways.map(({ port }) => ({ input: `rtsp://127.0.0.1:${port}/a` }));
    const service = await LiveService.start([
      { name: 'tcp', ...tcp! },
      { name: 'udp', ...udp!, transport: 'udp' },
    ]);
    for (const name of ['tcp', 'udp']) await service.reaches(name, 'live');
    const asked = ways.map(({ asked }) => /^Transport: RTP\/AVP(\/\w+)?/m.exec(asked)?.[1]);
    expect(asked).toEqual(['/TCP', '/UDP']);
  });
});

/** Done with a frame once there are others that wait for it: how fast they come from a busy machine makes no difference. */
class ScarceEncoder extends PatchMeanEncoder {
  /** So that a stream whose turn it is can have another frame that waits. */
  readonly capacity = 1;
  readonly #isScarce: () => boolean;

  /** @param isScarce - whether every stream has a frame that waits */
  constructor(isScarce: () => boolean) {
    super({ side: 96 });
    this.#isScarce = isScarce;
  }

  override async encode(rgb: Uint8Array<ArrayBuffer>, gridSide?: number): ReturnType<PatchMeanEncoder['encode']> {
    const grid = await super.encode(rgb, gridSide);
    await until(this.#isScarce);
    return grid;
  }
}

describe('what a file says of a source', () => {
  test('is how long it must rest until an activity has ended', async () => {
    const input = `${blinking.replace('mod(t,1),0.5', 't,1')},realtime`;
    const moved = { input, live: true };
    const service = await LiveService.start([
      { name: 'soon', ...moved, events: { quiet: 0.5 } },
      { name: 'late', ...moved, events: { quiet: 60 } },
    ]);
    const events = hear(await service.client());
    await until(() => events.some(({ stream, event }) => stream === 'soon' && event === 'activity-end'));
    expect(events.some(({ stream, event }) => stream === 'late' && event === 'activity-end')).toBe(false);
  });

  test('is its share of an encoder that is not enough for all', async () => {
    const sources: Source[] = [6, 1].map((weight) => ({
      ...{ name: `w${weight}`, input: 'lavfi:testsrc2=size=96x96:rate=50,realtime', live: true },
      ...{ fps: 'native', policy: 'fixed:9', weight },
    }));
    const config = parseConfig(JSON.stringify({ listen: { port: 0 }, data: { dir: 'off' }, sources }));
    let isScarce = (): boolean => false;
    const encoder = new ScarceEncoder(() => isScarce());
    const parts = { config, encoder, log: pino({ level: 'silent' }), name: 'test' };
    const service = await Service.start(parts, new AbortController().signal);
    onTestFinished(() => service.close());
    const streams = ['w6', 'w1'].map((name) => service.streams.get(name)!);
    isScarce = () => streams.every((stream) => (stream.encoder.waiting ?? 0) > 0);
    const [heavy, light] = streams.map(({ counts }) => counts);
    await until(() => light!.frames >= 12);
    // What waits in the end is not waited for.
    isScarce = () => true;
    const ratio = heavy!.frames / light!.frames;
    expect(ratio).toBeGreaterThan(4);
    expect(ratio).toBeLessThan(8);
  });
});
