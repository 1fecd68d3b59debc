import { request as secureRequest } from 'node:https';
import { readTls } from '#dist/server/tls.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, bare, tap } from '../support/bare-http.ts';
import { hasOpenssl, selfSigned } from '../support/self-signed.ts';
import { until } from '../support/sleep.ts';

describe('a connection', () => {
  const upgrade = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';

  test('is cut where it says nothing, too little, too slowly, or nothing more', async () => {
    const url = await bare();
    const taps = {
      silent: tap(url),
      upgrading: tap(url, upgrade),
      slow: tap(url, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n'),
      body: tap(url, 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc'),
      idle: tap(url, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    };
    const drip = setInterval(() => taps.slow.socket.write('X-A: b\r\n'), 250);
    onTestFinished(() => clearInterval(drip));
    for (const tapped of Object.values(taps)) await until(() => tapped.over);
    expect(taps.slow.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(taps.upgrading.text).not.toContain(' 101 ');
    expect(taps.idle.text).toMatch(/^HTTP\/1\.1 200 /);
    expect((await ask(url, '/healthz')).status).toBe(200);
  });

  test('is refused a header or a body that is too long', async () => {
    const url = await bare();
    const header = tap(url, `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(9000)}\r\n\r\n`);
    const endless = tap(url, `${upgrade}X-Long: ${'x'.repeat(9000)}`);
    const body = tap(
      url,
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2000\r\n\r\n`,
    );
    await until(() => header.over && endless.over);
    for (const { text } of [header, endless]) expect(text).toMatch(/^HTTP\/1\.1 431 /);
    await until(() => body.text.includes('\r\n'));
    expect(body.text).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  test('is closed at once where there are too many, and taken again when one is gone', async () => {
    const url = await bare({ connections: { all: 3, each: 3 } });
    const first = [tap(url), tap(url), tap(url)];
    await until(() => first.every(({ socket }) => !socket.connecting));
    const more = tap(url, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => more.over);
    expect(more.text).toBe('');
    first[0]!.socket.destroy();
    let answered = false;
    for (let i = 0; i < 100 && !answered; i++) {
      answered = await ask(url, '/healthz').then(
        ({ status }) => status === 200,
        () => false,
      );
    }
    expect(answered).toBe(true);
  });
});

describe.skipIf(!hasOpenssl)('a server with a certificate', () => {
  test('speaks TLS 1.2 and 1.3, and nothing older or plainer', async () => {
    const files = selfSigned();
    const tls = await readTls(files);
    const url = (await bare({ tls })).replace('http:', 'https:');
    const get = (options: object): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        secureRequest(`${url}/healthz`, { ca: tls.cert, ...options }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await get({ agent: false, maxVersion: 'TLSv1.2' })).toBe(200);
    expect(await get({ agent: false, minVersion: 'TLSv1.3' })).toBe(200);
    await expect(get({ agent: false, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
    await expect(get({ agent: false, ca: [] })).rejects.toThrow('self-signed');
    await expect(ask(url, '/healthz')).rejects.toThrow();
  });

  test('cuts who begins no handshake', async () => {
    const url = await bare({ tls: await readTls(selfSigned()) });
    const silent = tap(url);
    await until(() => silent.over);
    expect(silent.text).toBe('');
  });
});
