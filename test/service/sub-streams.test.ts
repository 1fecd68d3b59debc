import type { Packet } from '#dist/media/packet.js';
import { describe, expect, test } from 'vitest';
import { hasPs, processes } from '../support/children.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { LiveService, collect } from '../support/live-service.ts';
import type { Source } from '../support/live-service.ts';
import { until } from '../support/sleep.ts';

/** A main stream that is red throughout and a sub-stream in which a ball moves: what was encoded can be told. */
const red = pattern('solid-color foreground-color=0xffff0000', { width: 640, height: 360, fps: 25 });
const streams = { main: red, sub: pattern('ball') };

/** Mean distance between tokens of frames that were told anew, in the units of the tokens. */
function unrest(packets: readonly Packet[]): number {
  const fine = packets.filter(({ frames }) => frames[0]!.scale === 144).map(({ tokens }) => tokens);
  expect(fine.length).toBeGreaterThan(1);
  let sum = 0;
  for (const [i, tokens] of fine.entries()) {
    if (i > 0) sum += tokens.reduce((all, value, at) => all + Math.abs(value - fine[i - 1]![at]!), 0) / tokens.length;
  }
  return sum / (fine.length - 1);
}

async function serving(more: Partial<Source> = {}): Promise<{ service: LiveService; sources: readonly Source[] }> {
  const cameras = await new LiveCameras('viewer', 'open-sesame').start(streams);
  const url = (name: string): string => `rtsp://viewer:\${CAMERA_PASSWORD}@127.0.0.1:${cameras.port}/${name}`;
  const sources = [
    { name: 'both', input: url('main'), scoreInput: url('sub'), policy: 'fixed:144', ...more },
    { name: 'alone', input: url('sub'), policy: 'fixed:144', ...more },
  ];
  return { service: await LiveService.start(sources, { CAMERA_PASSWORD: 'open-sesame' }), sources };
}

const lives = (service: LiveService, stream: string): Record<string, unknown>[] =>
  service.log.filter((line) => line['msg'] === 'source live' && line['stream'] === stream);

const decodersOf = (service: LiveService): number =>
  processes().filter(({ parent, commandLine }) => {
    return parent === service.process.child.pid && commandLine.includes('decoder-process');
  }).length;

describe.skipIf(!hasCameras)('a source with a sub-stream', () => {
  test('has the frames of the one and the tokens of the other, and shows no password', async () => {
    const { service } = await serving();
    const client = await service.client();
    const [both, alone] = [collect(client, 'both'), collect(client, 'alone')];
    await until(() => both.length > 25 && alone.length > 25);
    // The ball moves in what is scored; what is encoded is red as ever.
    expect(unrest(both)).toBeLessThan(unrest(alone) / 4);
    const pts = both.slice(1).map(({ frames }, i) => frames[0]!.pts - both[i]!.frames[0]!.pts);
    expect(pts.every((step) => step > 0n)).toBe(true);
    // Ten frames a second, as the sub-stream has, on a clock of 90,000.
    expect(Number(pts.reduce((sum, step) => sum + step, 0n)) / pts.length / 9000).toBeCloseTo(1, 0);
    expect(await service.metric('source_frames_substituted_total', 'both')).toBe(0);
    expect(await service.metrics()).not.toContain('substituted_total{stream="alone"}');
    expect(lives(service, 'both')).toMatchObject([{ width: 640, height: 360, scored: { width: 320, height: 180 } }]);
    expect(service.process.stderr + (await service.metrics())).not.toContain('sesame');
  });

  test('is back as a new epoch when its main stream broke off, and costs no other anything', async () => {
    const { service } = await serving();
    const both = collect(await service.client(), 'both');
    await until(() => both.length > 5);
    process.kill(lives(service, 'both')[0]!['decoderPid'] as number, 'SIGKILL');
    await until(() => both.at(-1)!.header.epoch === 1);
    const before = both.length;
    await until(() => both.length > before + 5);
    expect(both.map(({ header }) => header.sequence)).toEqual(both.map((_, i) => i));
    expect(await service.metric('source_connections_total', 'both')).toBe(2);
    expect(await service.metric('source_connections_total', 'alone')).toBe(1);
  });

  test('runs the encoder on a change in the sub-stream alone', async () => {
    const { service } = await serving({ policy: 'change' });
    const both = collect(await service.client(), 'both');
    await until(() => both.length > 30);
    expect(await service.metric('stream_encoder_runs_total', 'both')).toBeGreaterThan(2);
  });

  test.skipIf(!hasPs)('is changed, and left with one decoder, when the file says so', async () => {
    const { service, sources } = await serving();
    await until(() => lives(service, 'both').length === 1 && lives(service, 'alone').length === 1);
    expect(decodersOf(service)).toBe(3);
    await service.rewrite(sources.map((source) => ({ ...source, scoreInput: null })));
    await until(() => lives(service, 'both').length === 2);
    expect(lives(service, 'both').map(({ scored }) => scored !== undefined)).toEqual([true, false]);
    await until(() => decodersOf(service) === 2);
    const both = collect(await service.client(), 'both');
    await until(() => both.length > 5);
  });
});
