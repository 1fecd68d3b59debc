import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startServer } from '#dist/server/server.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../support/raw-client.ts';
import { rejection } from '../support/rejection.ts';
import { lightStream, serve } from '../support/serving.ts';
import { sleep, until } from '../support/sleep.ts';

/** The HTTP status with which an upgrade is answered; 101 where it is granted. */
function upgrade(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, 'framenest.v1', { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', () => undefined);
  });
}

describe('where a server listens', () => {
  test.each(['0.0.0.0', '::', '192.168.1.5', 'example.com', '', '127.0.0.1.example.com'])(
    'refuses %j, which is beyond this machine',
    async (host) => {
      const error = await rejection(startServer({ host, port: 0, streams: [], name: 'test' }));
      expect(error.code).toBe('LISTEN_REFUSED');
      expect(error.what).toContain(`"${host}"`);
    },
  );

  test.each(['localhost', '127.0.0.1', '127.0.0.53'])('accepts %s', async (host) => {
    const { url } = await serve([], { host });
    expect(url).toMatch(/^ws:\/\/(127\.0\.0\.\d+|\[::1\]):\d+$/);
    expect((await (await RawClient.open(url)).first('welcome')).server).toBe('test');
  });

  test('says LISTEN_FAILED where the port is taken', async () => {
    const { url } = await serve([]);
    const port = Number(new URL(url).port);
    const error = await rejection(startServer({ host: '127.0.0.1', port, streams: [], name: 'test' }));
    expect(error.code).toBe('LISTEN_FAILED');
    expect(error.what).toContain(`${port}: EADDRINUSE`);
  });

  test('refuses two streams of one name', async () => {
    const streams = [lightStream('a').stream, lightStream('a').stream];
    const error = await rejection(startServer({ host: '127.0.0.1', port: 0, streams, name: 'test' }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toBe('Two streams are called "a".');
  });

  test('refuses more streams than a welcome can name', async () => {
    const streams = Array.from({ length: 1025 }, (_, i) => lightStream(`camera-${i}`).stream);
    const error = await rejection(startServer({ host: '127.0.0.1', port: 0, streams, name: 'test' }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toContain('"camera-1024" would be one stream more than 1024');
  });

  test('answers a browser with its page', async () => {
    const { url } = await serve([]);
    const answer = await fetch(url.replace('ws:', 'http:'));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/^<!doctype html>/i);
  });
});

describe('who may connect', () => {
  test.each([[[]], [['other.v1']], [['framenest.v2', 'other.v1']]])(
    'not a client that offers the subprotocols %j',
    async (protocols) => {
      const { url } = await serve([lightStream('a')]);
      // A client that offered some gives up by itself where the server takes none: ask for none in its place.
      if (protocols.length > 0) {
        await expect(RawClient.open(url, protocols)).rejects.toThrow();
        return;
      }
      const client = await RawClient.open(url, protocols);
      expect(await client.closed()).toEqual({ status: 1002, reason: 'PROTOCOL_UNSUPPORTED' });
      expect(client.got).toEqual([]);
    },
  );

  test('a client that offers framenest.v1 among others', async () => {
    const { url } = await serve([lightStream('a')]);
    const client = await RawClient.open(url, ['other.v1', 'framenest.v1']);
    expect(client.socket.protocol).toBe('framenest.v1');
  });

  test('without compression, whatever the client offers', async () => {
    const { url } = await serve([]);
    const client = await RawClient.open(url, ['framenest.v1'], { perMessageDeflate: true });
    expect(client.socket.extensions).toBe('');
  });

  test('programs and listed pages, and no other page', async () => {
    const { url } = await serve([], { origins: ['http://localhost:5173/', 'https://Dashboard.example'] });
    const { host, port } = new URL(url);
    expect(await upgrade(url, {})).toBe(101);
    expect(await upgrade(url, { origin: 'http://localhost:5173' })).toBe(101);
    expect(await upgrade(url, { origin: 'https://dashboard.example' })).toBe(101);
    expect(await upgrade(url, { origin: `http://${host}` })).toBe(101);
    for (const origin of ['http://localhost:5174', 'http://evil.example', 'null', 'nonsense', `http://127.0.0.1`]) {
      expect(await upgrade(url, { origin }), origin).toBe(403);
    }
    // DNS rebinding: the page's own name leads to this machine, so that Origin and Host agree.
    const rebound = `evil.example:${port}`;
    expect(await upgrade(url, { origin: `http://${rebound}`, host: rebound })).toBe(403);
  });

  test('refuses an origin that is none', async () => {
    const options = { host: '127.0.0.1', port: 0, streams: [], name: 'test', origins: ['localhost:5173'] };
    expect((await rejection(startServer(options))).code).toBe('OPTION_INVALID');
  });
});

describe('closing a server', () => {
  test('says goaway, then closes with 1001', async () => {
    const server = await serve([lightStream('a')]);
    const client = await RawClient.open(server.url);
    await client.first('welcome');
    await server.close();
    expect(client.all('goaway')).toEqual([{ type: 'goaway', timeLeftMs: 2000 }]);
    expect(await client.closed()).toEqual({ status: 1001, reason: 'ABORTED' });
    await expect(RawClient.open(server.url)).rejects.toThrow('ECONNREFUSED');
  });

  test('can be asked for twice, and by two at once', async () => {
    const server = await serve([]);
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });

  test('tells who follows a stream that was cut off, after the packets that were made', async () => {
    const light = lightStream('a', { count: Infinity, live: true, everyMs: 2 });
    const server = await serve([light]);
    const client = await RawClient.open(server.url);
    client.say({ type: 'subscribe', stream: 'a', from: 'start' });
    client.say({ type: 'credit', stream: 'a', packets: 1000 });
    await client.receives(3);
    await server.close();
    const [error, end] = [client.all('error')[0]!, client.all('end')[0]!];
    expect(error).toMatchObject({ code: 'ABORTED', stream: 'a', retryable: true });
    expect(end).toMatchObject({ stream: 'a', packets: client.packets.length });
    expect(light.source.closed).toBe(light.source.opened);
  });

  test('stops a file before its first reader without ever opening it', async () => {
    const light = lightStream('a');
    const server = await serve([light]);
    await server.close();
    expect(light.source.opened).toBe(0);
    expect(light.stream.ended).toBe(true);
    light.stream.read('start');
    expect(light.source.opened).toBe(0);
  });

  test('does not wait for a connection that never spoke', async () => {
    const server = await serve([]);
    const { hostname, port } = new URL(server.url);
    const silent = connect(Number(port), hostname);
    onTestFinished(() => void silent.destroy());
    await new Promise((resolve) => silent.once('connect', resolve));
    await sleep(20);
    const ended = new Promise((resolve) => silent.once('close', resolve));
    await server.close();
    await ended;
  });

  test('leaves nothing that keeps the process alive, subscribers with and without credit included', () => {
    const script = fileURLToPath(new URL('../support/serve-and-close.mjs', import.meta.url));
    const child = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 20_000 });
    expect(child.stderr).toBe('');
    expect(child.stdout).toBe('closed\n');
    expect(child.status).toBe(0);
  });
});

const metricsOf = (url: string): Promise<Response> => fetch(`${url.replace('ws:', 'http:')}/metrics`);

describe('dead and hostile connections', () => {
  test('a client that answers no ping is cut off, one that does stays', async () => {
    const { url } = await serve([], { heartbeatMs: 50 });
    const alive = await RawClient.open(url);
    const { hostname, port } = new URL(url);
    const dead = connect(Number(port), hostname);
    onTestFinished(() => void dead.destroy());
    dead.resume();
    const cut = new Promise((resolve) => dead.once('close', resolve));
    dead.write(
      `GET / HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: framenest.v1\r\n\r\n',
    );
    await cut;
    await alive.caughtUp();
    expect(alive.end).toBeUndefined();
  });

  test('a client that never reads is cut off before what it is told fills the memory', async () => {
    const server = await serve(Array.from({ length: 200 }, (_, i) => lightStream(`${'x'.repeat(100)}${i}`)));
    const client = await RawClient.open(server.url);
    client.socket.pause();
    const closed = new Promise<void>((resolve) => client.socket.once('close', () => resolve()));
    // Each change is told with the whole list; the kernel's buffers take some MiB of it first.
    let sessions = 1;
    for (let i = 0; i < 2000 && sessions > 0; i++) {
      server.add(lightStream('a').stream);
      await server.remove('a');
      sessions = Number(/^framenest_sessions (\d+)/m.exec(await (await metricsOf(server.url)).text())?.[1]);
    }
    expect(sessions).toBe(0);
    client.socket.resume();
    await closed;
    await (await RawClient.open(server.url)).caughtUp();
  });

  test('a client that asks without end is refused, whether it reads or not', async () => {
    const { url } = await serve([]);
    const client = await RawClient.open(url);
    for (let i = 0; i < 3000; i++) client.say({ type: 'ping' });
    expect(await client.closed()).toEqual({ status: 4429, reason: 'RATE_LIMITED' });
    expect(await client.first('error')).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    await (await RawClient.open(url)).caughtUp();
  });

  test('a port that speaks something else is no reason to fall over', async () => {
    const server = await serve([]);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname, () => socket.end('\u0000\u0001garbage\r\n\r\n'));
    socket.on('error', () => undefined);
    socket.resume();
    await until(() => socket.destroyed);
    await (await RawClient.open(server.url)).caughtUp();
  });
});
