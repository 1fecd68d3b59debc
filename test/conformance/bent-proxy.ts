import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { ServerOptions } from 'ws';

/** A control message on its way. */
export type Message = Record<string, unknown> & { readonly type?: string };

/** What a bend does on one connection. Whatever is left out goes through as it is. */
export interface Bending {
  /** A text that the client says. What is returned goes on to the server, in its place. */
  readonly said?: (text: string, message: Message) => readonly (string | Message)[];
  /** A control message of the server. What is returned goes on to the client, in its place. */
  readonly told?: (message: Message) => readonly Message[];
  /** A packet. */
  readonly packet?: (bytes: Buffer) => readonly Buffer[];
  /** A binary message of the client; nothing of it goes on. */
  readonly binary?: () => void;
  /** A close by the server. */
  readonly closed?: (status: number, reason: string) => number;
  /** Bytes that come from the client, before they are read. */
  readonly raw?: (bytes: Buffer, socket: Duplex) => void;
}

/** The ends of one connection through the proxy. */
export interface Ends {
  readonly client: WebSocket;
  readonly server: WebSocket;
}

/** One rule of the protocol, broken. */
export interface Bend {
  /** Of the socket towards clients. */
  readonly socket?: ServerOptions;
  /** Request headers for the server, as the proxy passes them on. */
  readonly headers?: (headers: Record<string, string>) => Record<string, string>;
  /** Called for each connection. */
  readonly bend?: (ends: Ends) => Bending;
}

const OURS = 'framenest.v1';
const passed = ['origin', 'authorization', 'sec-websocket-protocol'];

/**
 * A proxy in front of a real server that breaks one rule. Without a bend it is a proxy as it should be.
 * @returns its address; closed when the test ends
 */
export async function bentProxy(url: string, { socket, headers = (all) => all, bend = () => ({}) }: Bend) {
  const http = createServer();
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(OURS) ? OURS : false),
    ...socket,
  });
  http.on('upgrade', (request, stream, head) => {
    const upstream = connect(url, headers(forwarded(request)));
    stream.on('error', () => upstream.terminate());
    upstream.once('unexpected-response', (_, { statusCode = 500 }) => {
      stream.end(`HTTP/1.1 ${statusCode} Refused\r\nConnection: close\r\n\r\n`);
    });
    upstream.on('error', () => undefined);
    upstream.once('open', () => {
      sockets.handleUpgrade(request, stream, head, (client) => {
        const bending = bend({ client, server: upstream });
        stream.on('data', (bytes: Buffer) => bending.raw?.(bytes, stream));
        pipe({ client, server: upstream }, bending);
      });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    http.close();
  });
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

function forwarded({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    passed.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}

/** Offers what the client offered: by the header, where the server will take none of it. */
function connect(url: string, { 'sec-websocket-protocol': offered, ...headers }: Record<string, string>): WebSocket {
  const ours = offered?.includes(OURS) === true;
  const foreign = ours || offered === undefined ? {} : { 'sec-websocket-protocol': offered };
  return new WebSocket(url, ours ? [OURS] : [], { headers: { ...headers, ...foreign }, perMessageDeflate: false });
}

function pipe({ client, server }: Ends, { said, told, packet, binary, closed }: Bending): void {
  client.on('message', (data: Buffer, isBinary) => {
    if (isBinary && binary) return binary();
    const text = data.toString();
    const going = isBinary || !said ? [isBinary ? data : text] : said(text, parsed(text));
    for (const each of going) {
      if (server.readyState === server.OPEN) server.send(Buffer.isBuffer(each) ? each : written(each));
    }
  });
  server.on('message', (data: Buffer, isBinary) => {
    const coming = isBinary ? (packet?.(data) ?? [data]) : (told?.(parsed(data.toString())) ?? [data.toString()]);
    for (const each of coming) client.send(Buffer.isBuffer(each) ? each : written(each));
  });
  server.on('close', (status, reason) => {
    if (status === 1006) return client.terminate();
    client.close(closed?.(status, reason.toString()) ?? status, reason);
  });
  client.on('close', () => server.terminate());
  client.on('error', () => server.terminate());
}

function written(message: string | Message): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}

function parsed(text: string): Message {
  try {
    return JSON.parse(text) as Message;
  } catch {
    return {};
  }
}
