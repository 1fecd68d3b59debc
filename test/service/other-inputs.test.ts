import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clip } from '../support/clips.ts';
import { LiveService, collect } from '../support/live-service.ts';
import { until } from '../support/sleep.ts';

/** A web server that offers a clip as HLS, and as a plain file. */
async function webServer(): Promise<string> {
  const segment = await readFile(await clip('transport'));
  const playlist = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\nsegment.ts\n#EXT-X-ENDLIST\n';
  const server = createServer((request, response) => {
    response.end(request.url === '/live.m3u8' ? playlist : segment);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('beside cameras', () => {
  test('HLS that is called live is opened again at its end; a file over HTTP and one on disk are read once', async () => {
    const web = await webServer();
    const service = await LiveService.start([
      { name: 'hls', input: `${web}/live.m3u8`, live: true },
      { name: 'http', input: `${web}/segment.ts` },
      { name: 'file', input: await clip('constant') },
    ]);
    const client = await service.client();
    const [hls, http, file] = [collect(client, 'hls'), collect(client, 'http'), collect(client, 'file')];
    await until(() => hls.some(({ header }) => header.epoch === 2));
    expect(hls.map(({ header }) => header.sequence)).toEqual(hls.map((_, i) => i));
    expect(service.log.some(({ stream, code }) => stream === 'hls' && code === 'INPUT_ENDED')).toBe(true);
    await service.reaches('http', 'ended');
    await service.reaches('file', 'ended');
    await until(() => http.length === 30 && file.length === 60);
    expect(new Set([...http, ...file].map(({ header }) => header.epoch))).toEqual(new Set([0]));
  });
});
