import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { FramenestError } from '#dist/errors.js';
import type { HttpParts } from '#dist/server/http.js';
import { httpServer } from '#dist/server/http.js';
import { ServerMetrics } from '#dist/server/metrics.js';
import { StreamDirectory } from '#dist/server/stream-directory.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cameraStream, lightStream, serve } from '../support/serving.ts';
import { until } from '../support/sleep.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks as a program or a page would, by any name. */
function ask(url: string, path: string, host?: string, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    asked.on('error', reject).end();
  });
}

/** The HTTP side alone, on a free port. */
async function bare(part: Partial<HttpParts> = {}): Promise<string> {
  const directory = new StreamDirectory([]);
  const metrics = new ServerMetrics(directory, { sessions: () => 0, subscriptions: () => 0 });
  const parts = {
    directory,
    metrics,
    name: 'test',
    broken: () => undefined,
    leaving: () => false,
    hosts: new Set<string>(),
  };
  const http = await httpServer({ ...parts, ...part });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

const worn = new FramenestError('ENCODER_FAILED', { what: 'It died twice.', mend: 'Start it again.' });
const ENDPOINTS = ['/healthz', '/readyz', '/metrics'] as const;

describe('/healthz and /readyz', () => {
  test('are 200 of a server that is well, whatever its cameras do', async () => {
    const retry = { firstS: 3600, mostS: 3600 };
    const cam = cameraStream('cam', ['refused'], { camera: { retry } });
    const { url } = await serve([lightStream('clip'), cam.stream]);
    await until(() => cam.stream.status.state === 'backing-off');
    const health = await ask(url, '/healthz');
    expect([health.status, JSON.parse(health.text)]).toEqual([200, { status: 'ok' }]);
    const ready = await ask(url, '/readyz');
    expect([ready.status, JSON.parse(ready.text)]).toEqual([
      200,
      {
        status: 'ready',
        server: 'test',
        sources: [
          { name: 'clip', state: 'connecting' },
          { name: 'cam', state: 'backing-off', reason: { code: 'INPUT_UNREACHABLE', what: 'Nobody answers.' } },
        ],
      },
    ]);
  });

  test('are 503 of one that is broken, and say why and how to mend it', async () => {
    const url = await bare({ broken: () => worn });
    const health = await ask(url, '/healthz');
    expect(health.status).toBe(503);
    expect(JSON.parse(health.text)).toEqual({
      ...{ status: 'broken', code: 'ENCODER_FAILED', what: 'It died twice.', mend: 'Start it again.' },
    });
    const ready = await ask(url, '/readyz');
    expect([ready.status, JSON.parse(ready.text)]).toMatchObject([503, { status: 'broken' }]);
  });

  test('differ where it is leaving: it is well, and takes nobody more', async () => {
    const url = await bare({ leaving: () => true });
    expect((await ask(url, '/healthz')).status).toBe(200);
    const ready = await ask(url, '/readyz');
    expect([ready.status, JSON.parse(ready.text)]).toMatchObject([503, { status: 'leaving' }]);
  });

  test('tell of a server as it is when they are asked', async () => {
    const errors: FramenestError[] = [];
    const { url } = await serve([], { broken: () => errors[0] });
    expect((await ask(url, '/healthz')).status).toBe(200);
    errors.push(worn);
    expect((await ask(url, '/healthz')).status).toBe(503);
  });
});

describe('who may ask', () => {
  test.each(ENDPOINTS)(
    'for %s: by address, localhost and the hosts of listed pages, and by no other name',
    async (path) => {
      const { url } = await serve([], { origins: ['https://dashboard.example:8443'] });
      const { port } = new URL(url);
      for (const host of [`127.0.0.1:${port}`, 'localhost', `[::1]:${port}`, '10.1.2.3', 'dashboard.example']) {
        expect((await ask(url, path, host)).status, host).toBe(200);
      }
      for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example']) {
        const answer = await ask(url, path, host);
        expect(answer.status, host).toBe(403);
        expect(answer.text).not.toContain('framenest_');
      }
    },
  );

  test('not somebody who gives no host, or garbage in its place', async () => {
    const { hostname, port } = new URL(await bare());
    for (const line of ['', 'Host: \r\n', 'Host: a b\r\n', 'Host: [::\r\n']) {
      const socket = connect(Number(port), hostname);
      onTestFinished(() => void socket.destroy());
      let text = '';
      socket.setEncoding('utf8').on('data', (part: string) => (text += part));
      socket.write(`GET /metrics HTTP/1.0\r\n${line}\r\n`);
      await until(() => text.includes('\r\n'));
      expect(text).toMatch(/^HTTP\/1\.[01] 40[03] /);
    }
  });
});

describe('what is not there', () => {
  test('is 404, for other paths and other methods', async () => {
    const url = await bare();
    expect((await ask(url, '/secrets')).status).toBe(404);
    expect((await ask(url, '/healthz/../etc/passwd')).status).toBe(404);
    expect((await ask(url, '/metrics', undefined, 'POST')).status).toBe(404);
  });

  test('is 426 at the root, where the WebSocket is', async () => {
    const answer = await ask(await bare(), '/');
    expect(answer.status).toBe(426);
    expect(answer.headers.upgrade).toBe('websocket');
    expect(answer.text).toContain('framenest.v1');
  });
});
