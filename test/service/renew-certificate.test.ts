import { copyFileSync, writeFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startServer } from '#dist/server/server.js';
import { readTls } from '#dist/server/tls.js';
import { renewCertificate } from '#dist/service/renew-certificate.js';
import { hasOpenssl, selfSigned } from '../support/self-signed.ts';
import { sleep, until } from '../support/sleep.ts';

/** Fingerprint of the certificate that a server shows. */
function shown(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function serve(files: { cert: string; key: string }): Promise<{ url: string; said: string[] }> {
  const tls = await readTls(files);
  const said: string[] = [];
  const log = pino({}, { write: (line: string) => said.push(line) });
  const server = await startServer({ host: '127.0.0.1', port: 0, streams: [], name: 'test', tls });
  const stop = renewCertificate({ files, tls, renew: server.renew, log, everyMs: 20 });
  onTestFinished(async () => {
    stop();
    await server.close();
  });
  return { url: server.url, said };
}

describe.skipIf(!hasOpenssl)('a certificate that is renewed', () => {
  test('is shown to who connects from then on, without a restart', async () => {
    const files = selfSigned();
    const { url } = await serve(files);
    const before = await shown(url);
    const renewed = selfSigned();
    // The moment between the two copies is one at which key and certificate do not belong together.
    copyFileSync(renewed.cert, files.cert);
    copyFileSync(renewed.key, files.key);
    for (let now = before; now === before; now = await shown(url)) await sleep(20);
    const { url: other } = await serve(renewed);
    expect(await shown(url)).toBe(await shown(other));
  });

  test('stays as it was where its file is wrong, which is told once', async () => {
    const files = selfSigned();
    const { url, said } = await serve(files);
    const before = await shown(url);
    writeFileSync(files.cert, 'no certificate');
    await until(() => said.length > 0);
    await sleep(200);
    expect(await shown(url)).toBe(before);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('holds no certificate in PEM. The certificate before it stays.');
  });
});
