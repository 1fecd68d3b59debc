import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from '#dist/client/connect.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RawServer, welcomeTo } from '../support/raw-server.ts';
import { rejection } from '../support/rejection.ts';
import { lightStream, serve } from '../support/serving.ts';

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

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
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
    ['refused', (host: string) => `ws://user:pass/w@rd@${host}/path?token=hidden`],
    ['no address', () => 'ws://user:pass w@rd@ho st?token=hidden'],
    ['another scheme', () => 'ftp://user:pass@host/path?token=hidden'],
  ])('never tells what may be secret: %s', async (_, address) => {
    const error = await rejection(connect(address(`127.0.0.1:${await closedPort()}`)));
    expect(error.code).toBe('CONNECT_FAILED');
    for (const text of [error.message, String(error.cause), error.stack]) {
      expect(text).not.toMatch(/user|pass|w@rd|hidden/);
    }
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
});
