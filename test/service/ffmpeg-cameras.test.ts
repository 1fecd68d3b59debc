import { describe, expect, test } from 'vitest';
import { hasPs, processes } from '../support/children.ts';
import { hasFfmpeg } from '../support/decoding.ts';
import { LiveCameras, hasCameras, pattern } from '../support/live-cameras.ts';
import { LiveService, collect } from '../support/live-service.ts';
import { until } from '../support/sleep.ts';

describe.skipIf(!hasCameras || !hasFfmpeg || !hasPs)('a camera that ffmpeg decodes', () => {
  test('is back when that is killed, and neither the service nor the camera beside it notices', async () => {
    const cameras = await new LiveCameras().start({ a: pattern('ball'), b: pattern('ball') });
    const input = (name: string): string => `rtsp://127.0.0.1:${cameras.port}/${name}`;
    const sources = ['a', 'b'].map((name) => ({ name, input: input(name), decoder: 'ffmpeg' }));
    const service = await LiveService.start(sources);
    const client = await service.client();
    const [a, b] = [collect(client, 'a'), collect(client, 'b')];
    await until(() => a.length > 5 && b.length > 5);
    const { pid: ours } = service.process.child;
    const ffmpeg = processes().find(({ parent, commandLine }) => parent === ours && commandLine.includes(input('a')));
    process.kill(ffmpeg!.pid, 'SIGKILL');
    await until(() => a.at(-1)!.header.epoch === 1);
    const before = b.length;
    await until(() => b.length > before + 5);
    expect(a.map(({ header }) => header.sequence)).toEqual(a.map((_, i) => i));
    expect(b.map(({ header }) => [header.epoch, header.sequence])).toEqual(b.map((_, i) => [0, i]));
    const lost = service.log.filter(({ code }) => code !== undefined);
    expect(lost).toMatchObject([{ stream: 'a', code: 'DECODE_FAILED' }]);
    expect(lost[0]!['msg']).toContain('SIGKILL');
  });
});
