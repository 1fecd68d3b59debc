import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { start } from '../../support/cli.ts';
import type { Running } from '../../support/cli.ts';
import { ask } from '../../support/bare-http.ts';
import { clip } from '../../support/clips.ts';
import { quickEncoder } from '../../support/quick-encoder.ts';
import { RawClient } from '../../support/raw-client.ts';
import { hasOpenssl, selfSigned } from '../../support/self-signed.ts';
import { until } from '../../support/sleep.ts';

const TOKEN = 'Hunter2-for-everything';
const OTHER = 'Wr0ng-for-everything';
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');

let encoder = '';
let video = '';
beforeAll(async () => {
  encoder = await quickEncoder();
  video = await clip('long');
});

/** Starts a server; resolves with its address. */
async function serve(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ server: Running; url: string }> {
  const server = start(['serve', ...args], { env });
  const [, url = ''] = await server.prints(/^(wss?:\S+) /);
  return { server, url };
}

describe('framenest serve with FRAMENEST_TOKEN', () => {
  test('lets in who has it, tells everybody else why not, and shows it nowhere', async () => {
    const flags = ['--port', '0', '--no-log', '--log-level', 'debug', '--encoder', encoder];
    const { server, url } = await serve([...flags, '--source', `a=${video}`], { FRAMENEST_TOKEN: TOKEN });
    const known = await RawClient.open(url, ['framenest.v1'], bearer(TOKEN));
    expect((await known.first('welcome')).streams.map(({ name }) => name)).toEqual(['a']);
    const companion = `framenest.bearer.${Buffer.from(TOKEN).toString('base64url')}`;
    const browser = await RawClient.open(url, ['framenest.v1', companion]);
    await browser.first('welcome');
    expect(browser.socket.protocol).toBe('framenest.v1');
    for (const options of [{}, bearer(OTHER)]) {
      const stranger = await RawClient.open(url, ['framenest.v1'], options);
      expect(await stranger.closed()).toEqual({ status: 4401, reason: 'UNAUTHORIZED' });
      expect(stranger.all('welcome')).toEqual([]);
    }
    expect((await ask(url, '/healthz')).status).toBe(200);
    const seen: string[] = [];
    for (const path of ['/readyz', '/metrics']) {
      expect((await ask(url, path)).status).toBe(401);
      const answer = await ask(url, path, undefined, 'GET', bearer(TOKEN).headers);
      expect(answer.status).toBe(200);
      seen.push(answer.text);
    }
    server.child.kill('SIGTERM');
    const { stdout, stderr } = await server.ended();
    expect(stderr).toContain('"token":"FRAMENEST_TOKEN"');
    for (const secret of [TOKEN, OTHER, companion, digest(TOKEN)]) {
      expect([stdout, stderr, ...seen].join('\n')).not.toContain(secret);
    }
  });

  test.skipIf(!hasOpenssl)('listens beyond this machine, by TLS where there is a certificate', async () => {
    const { cert, key } = selfSigned();
    const flags = ['--host', '0.0.0.0', '--port', '0', '--no-log', '--encoder', encoder, '--source', `a=${video}`];
    const secure = await serve([...flags, '--tls-cert', cert, '--tls-key', key], { FRAMENEST_TOKEN: TOKEN });
    expect(secure.url).toMatch(/^wss:/);
    const { port } = new URL(secure.url);
    const options = { ...bearer(TOKEN), rejectUnauthorized: false };
    const client = await RawClient.open(`wss://127.0.0.1:${port}`, ['framenest.v1'], options);
    await client.first('welcome');
    expect(secure.server.stderr).not.toContain('without TLS');
    const plain = await serve(flags, { FRAMENEST_TOKEN: TOKEN });
    await until(() => plain.server.stderr.includes('without TLS'));
  });
});

describe('framenest serve with tokens in its configuration', () => {
  test('ends the sessions of a token that is taken out, and no other', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'framenest-access-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const path = join(dir, 'framenest.yaml');
    const write = (...tokens: string[]): void => {
      const rules = tokens.map((token) => ({ name: token.slice(0, 5), sha256: digest(token), streams: ['a*'] }));
      const sources = ['a1', 'b1'].map((name) => ({ name, input: video }));
      const file = { listen: { port: 0 }, data: { dir: 'off' }, encoder: { name: encoder } };
      writeFileSync(path, JSON.stringify({ ...file, access: { tokens: rules }, sources }));
    };
    write(TOKEN, OTHER);
    const { server, url } = await serve(['--config', path]);
    const [stays, goes] = [
      await RawClient.open(url, ['framenest.v1'], bearer(TOKEN)),
      await RawClient.open(url, ['framenest.v1'], bearer(OTHER)),
    ];
    expect((await goes.first('welcome')).streams.map(({ name }) => name)).toEqual(['a1']);
    write(TOKEN);
    server.child.kill('SIGHUP');
    expect(await goes.closed()).toEqual({ status: 4401, reason: 'UNAUTHORIZED' });
    await stays.caughtUp();
    stays.say({ type: 'subscribe', stream: 'b1' });
    expect(await stays.first('error')).toMatchObject({ code: 'STREAM_UNKNOWN', stream: 'b1' });
  });
});
