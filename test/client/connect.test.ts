import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { bearerProtocol } from '#dist/client/access.js';
import { connect } from '#dist/client/connect.js';
import type { ConnectOptions } from '#dist/client/connect.js';
import type { StateChange } from '#dist/client/link.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { closedPort } from '../support/closed-port.ts';
import { RawServer, welcomeTo } from '../support/raw-server.ts';
import { rejection } from '../support/rejection.ts';
import { lightStream, serve } from '../support/serving.ts';
import { until } from '../support/sleep.ts';
import { LogServer, soon } from './log-server.ts';

/** A TCP server on a free port; `speak` gets each socket. */
async function tcp(speak: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An unmasked WebSocket text frame (RFC 6455, section 5.2). */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255]), payload]);
}

describe('connecting', () => {
  test('gives a client that knows the streams of the server', async () => {
    const { url } = await serve([lightStream('a'), lightStream('b')]);
    const client = await connect(url);
    expect(client.streams.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(client.streams[0]).toMatchObject({ channels: 3, gridSide: 24, ladder: [1, 9, 36, 144] });
    client.close();
    client.close();
  });

  test('works with a server that says its welcome in the same segment as the end of the handshake', async () => {
    const host = await tcp((socket) => {
      socket.once('data', (request) => {
        const key = /sec-websocket-key: (\S+)/i.exec(request.toString())?.[1] ?? '';
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        const answer =
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: framenest.v1\r\n\r\n`;
        socket.write(Buffer.concat([Buffer.from(answer), textFrame(JSON.stringify(welcomeTo('a')))]));
      });
    });
    const client = await connect(`ws://${host}`);
    expect(client.streams.map(({ name }) => name)).toEqual(['a']);
    client.close();
  });
});

describe('a connection that fails', () => {
  test('is CONNECT_FAILED where nobody listens, with the address and the reason', async () => {
    const port = await closedPort();
    const error = await rejection(connect(`ws://127.0.0.1:${port}`));
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', retryable: true });
    expect(error.what).toContain(`ws://127.0.0.1:${port}`);
    expect(error.what).toContain('ECONNREFUSED');
  });

  test('gives a reason also where a name has several addresses', async () => {
    const error = await rejection(connect(`ws://localhost:${await closedPort()}`));
    expect(error.code).toBe('CONNECT_FAILED');
    expect(error.what).toContain('ECONNREFUSED');
  });

  test.each([
    ['a user and a password', (host: string) => `ws://user:pass/w@rd@${host}/path`],
    ['a user and a password in what is no address', () => 'ws://user:pass w@rd@ho st'],
    ['a password for another scheme', () => 'ftp://user:pass@host/path'],
    ['a token', (host: string) => `ws://${host}/?access_token=hidden`],
    ['a key, its name escaped', (host: string) => `ws://${host}/?x=1&api%4Bey=hidden`],
  ])('is OPTION_INVALID, before anybody hears of it, where the address holds %s', async (_, address) => {
    const error = await rejection(connect(address(`127.0.0.1:${await closedPort()}`)));
    expect(error.code).toBe('OPTION_INVALID');
    for (const text of [error.message, String(error.cause), error.stack]) {
      expect(text).not.toMatch(/user:|pass\/|pass w|w@rd|hidden/);
    }
  });

  test('never tells more of an address than scheme, host and port', async () => {
    const error = await rejection(connect(`ws://127.0.0.1:${await closedPort()}/hidden?x=hidden`));
    expect(error.code).toBe('CONNECT_FAILED');
    expect(error.message + String(error.cause) + (error.stack ?? '')).not.toContain('hidden');
  });

  test.each(['nowhere', 'ftp://127.0.0.1', 'ws://127.0.0.1/#part'])('is CONNECT_FAILED for %s', async (url) => {
    expect((await rejection(connect(url, { timeoutMs: 5000 }))).code).toBe('CONNECT_FAILED');
  });

  test.each<[string, ConnectOptions]>([
    ['no time to wait', { timeoutMs: 0 }],
    ['no time at all', { heartbeatMs: NaN }],
    ['no pause', { reconnect: { firstMs: 0 } }],
    ['a pause that ends before it begins', { reconnect: { firstMs: 10, mostMs: 5 } }],
    ['no attempts', { reconnect: { attempts: 0 } }],
    ['a token with a line end', { token: 'hid\nden' }],
    ['an empty token', { token: '' }],
    ['a token of a page', { token: 'hid'.repeat(2000) }],
  ])('is OPTION_INVALID with %s', async (_, options) => {
    const error = await rejection(connect('ws://127.0.0.1:1', options));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).not.toContain('hid');
  });

  test('is CONNECT_FAILED where the other end is a web server', async () => {
    const host = await tcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')));
    const error = await rejection(connect(`ws://${host}`));
    expect(error.code).toBe('CONNECT_FAILED');
    expect(error.what).toContain('404');
  });

  test('is CONNECT_FAILED where the other end never answers', async () => {
    const host = await tcp((socket) => socket.resume());
    const error = await rejection(connect(`ws://${host}`, { timeoutMs: 100 }));
    expect(error.code).toBe('CONNECT_FAILED');
    expect(error.what).toContain('no welcome came within 100 ms');
  });

  test('is CONNECT_FAILED where no welcome follows the handshake', async () => {
    const server = await RawServer.start(undefined);
    expect((await rejection(connect(server.url, { timeoutMs: 100 }))).code).toBe('CONNECT_FAILED');
  });

  test('is PROTOCOL_VIOLATION where something else comes in place of the welcome', async () => {
    const server = await RawServer.start({ type: 'pong' });
    expect((await rejection(connect(server.url))).code).toBe('PROTOCOL_VIOLATION');
  });

  test('carries the code of a server that closes before its welcome', async () => {
    const server = await RawServer.start(undefined);
    const connecting = rejection(connect(server.url));
    await expect.poll(() => server.socket).toBeDefined();
    server.socket.close(4429, 'SESSION_LIMIT');
    expect(await connecting).toMatchObject({ code: 'SESSION_LIMIT', retryable: true });
  });

  test('carries the code of an error in place of the welcome', async () => {
    const [what, mend] = ['No.', 'Ask.'];
    const server = await RawServer.start({
      type: 'error',
      code: 'UNAUTHORIZED',
      message: what,
      mend,
      retryable: false,
    });
    expect(await rejection(connect(server.url))).toMatchObject({ code: 'UNAUTHORIZED', what, mend });
  });

  test.each([401, 403])(
    'is UNAUTHORIZED where the handshake is answered with %i, without the token',
    async (status) => {
      const host = await tcp((socket) => socket.once('data', () => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)));
      const error = await rejection(connect(`ws://${host}`, { token: 'hidden', reconnect: { initially: true } }));
      expect(error).toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
      expect(error.message + (error.stack ?? '')).not.toContain('hidden');
    },
  );

  test('is tried again where that was asked for, until somebody listens', async () => {
    const port = await closedPort();
    const changes: string[] = [];
    const onState = ({ state, error }: StateChange): unknown => changes.push(error ? `${state} ${error.code}` : state);
    const connecting = connect(`ws://127.0.0.1:${port}`, { reconnect: { ...soon, initially: true }, onState });
    await until(() => changes.includes('waiting CONNECT_FAILED'));
    const server = await LogServer.start({ port });
    const client = await connecting;
    expect(client.state).toBe('open');
    await until(() => changes.at(-1) === 'open');
    client.close();
    await until(() => changes.at(-1) === 'closed');
    expect(server.connections).toBe(1);
  });

  test('is given up after so many attempts', async () => {
    const changes: string[] = [];
    const onState = ({ state }: StateChange): unknown => changes.push(state);
    const reconnect = { ...soon, initially: true, attempts: 3 };
    const error = await rejection(connect(`ws://127.0.0.1:${await closedPort()}`, { reconnect, onState }));
    expect(error.code).toBe('CONNECT_FAILED');
    await until(() => changes.at(-1) === 'closed');
    expect(changes.filter((state) => state === 'connecting')).toHaveLength(4);
  });

  test('is given up when its signal aborts', async () => {
    const abort = new AbortController();
    const url = `ws://127.0.0.1:${await closedPort()}`;
    const connecting = rejection(connect(url, { reconnect: { ...soon, initially: true }, signal: abort.signal }));
    abort.abort();
    expect((await connecting).code).toBe('ABORTED');
    expect((await rejection(connect(url, { signal: AbortSignal.abort() }))).code).toBe('ABORTED');
  });
});

describe('a token', () => {
  test('travels in a header in Node, and the subprotocol stays what it is', async () => {
    const server = await LogServer.start();
    const client = await connect(server.url, { token: 'T0ken-/+=~' });
    expect(server.requests[0]).toMatchObject({
      authorization: 'Bearer T0ken-/+=~',
      'sec-websocket-protocol': 'framenest.v1',
    });
    client.close();
  });

  test.each(['T0ken-/+=~', '~~~', 'x', '??>>'])('%s is a subprotocol in browsers, in base64url', (token) => {
    const protocol = bearerProtocol(token);
    expect(protocol).toMatch(/^framenest\.bearer\.[\w-]+$/);
    expect(Buffer.from(protocol.slice('framenest.bearer.'.length), 'base64url').toString()).toBe(token);
  });
});
