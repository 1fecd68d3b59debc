import { connect } from 'node:net';
import { FramenestError } from '#dist/errors.js';
import { Access } from '#dist/server/access.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, bare } from '../support/bare-http.ts';
import { cameraStream, lightStream, serve } from '../support/serving.ts';
import { until } from '../support/sleep.ts';

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

  test('are 503 of one that is broken; only the second says why, and how to mend it', async () => {
    const url = await bare({ broken: () => worn });
    const health = await ask(url, '/healthz');
    expect([health.status, JSON.parse(health.text)]).toEqual([503, { status: 'broken' }]);
    const ready = await ask(url, '/readyz');
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text)).toEqual({
      ...{ status: 'broken', server: 'test', sources: [] },
      ...{ code: 'ENCODER_FAILED', what: 'It died twice.', mend: 'Start it again.' },
    });
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

describe('a server with tokens', () => {
  const [probe, viewer, old] = ['a-token-of-a-probe', 'a-token-of-a-viewer', 'a-token-that-is-old'];
  const access = new Access([
    { name: 'probe', token: probe, streams: [], metrics: true },
    { name: 'viewer', token: viewer, streams: ['*'] },
    { name: 'old', token: old, streams: ['*'], metrics: true, expiresMs: 1 },
  ]);
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  test('says how it is to everybody, and nothing more', async () => {
    const url = await bare({ access, broken: () => worn });
    expect((await ask(url, '/healthz')).text).toBe('{"status":"broken"}');
  });

  test.each(['/readyz', '/metrics'])('answers %s only to who may measure', async (path) => {
    const url = await bare({ access });
    const asked = (token?: string) => ask(url, path, undefined, 'GET', token === undefined ? {} : bearer(token));
    expect((await asked(probe)).status).toBe(200);
    for (const [token, status, words] of [
      [undefined, 401, 'UNAUTHORIZED'],
      ['another-token-altogether', 401, 'UNAUTHORIZED'],
      [old, 401, 'TOKEN_EXPIRED'],
      [viewer, 403, 'no right to "metrics"'],
    ] as const) {
      const answer = await asked(token);
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        status,
        status === 401 ? 'Bearer' : undefined,
      ]);
      expect(answer.text).toContain(words);
      expect(answer.text).not.toMatch(/framenest_|sources|a-token|another-token/);
    }
  });
});

describe('every answer', () => {
  test('has headers that keep a page from loading, running or being shown with anything else', async () => {
    const url = await bare();
    for (const path of ['/', '/healthz', '/metrics', '/nowhere']) {
      for (const host of [undefined, 'evil.example']) {
        const { headers } = await ask(url, path, host);
        const policy = String(headers['content-security-policy']);
        expect(policy.split(';')).toContain("default-src 'none'");
        expect(policy).not.toMatch(/unsafe|\*|https?:|wss?:/);
        expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
        expect(headers).not.toHaveProperty('strict-transport-security');
        expect(headers).not.toHaveProperty('x-powered-by');
      }
    }
  });

  test('is refused to who asks without end', async () => {
    const url = await bare({ localRequests: 20 });
    const statuses: (number | undefined)[] = [];
    for (let i = 0; i < 60; i++) statuses.push((await ask(url, ['/healthz', '/no', '/'][i % 3]!)).status);
    expect(new Set(statuses)).toEqual(new Set([200, 404, 426, 429]));
    expect(statuses.slice(0, 10)).not.toContain(429);
    expect((await ask(url, '/metrics')).text).toContain('RATE_LIMITED');
  });
});

describe('a page', () => {
  test('is shown at the root where there is one', async () => {
    const url = await bare({
      page: (app) => {
        app.get('/', (_, reply) => reply.type('text/html').send('<!doctype html>'));
        return Promise.resolve();
      },
    });
    const answer = await ask(url, '/');
    expect([answer.status, answer.text]).toEqual([200, '<!doctype html>']);
    expect((await ask(url, '/other')).status).toBe(404);
    expect((await ask(url, '/', 'evil.example')).status).toBe(403);
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
