import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { HttpParts } from '#dist/server/http.js';
import { Access } from '#dist/server/access.js';
import { httpServer } from '#dist/server/http.js';
import { ServerMetrics } from '#dist/server/metrics.js';
import { StreamDirectory } from '#dist/server/stream-directory.js';
import { onTestFinished } from 'vitest';

/** How a server answered. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks as a program or a page would, by any name. */
export function ask(url: string, path: string, host?: string, method = 'GET', more = {}): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? more : { host, ...more };
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    asked.on('error', reject).end();
  });
}

/** The HTTP side alone, on a free port. */
export async function bare(part: Partial<HttpParts> = {}): Promise<string> {
  const directory = new StreamDirectory([]);
  const metrics = new ServerMetrics(directory, { sessions: () => 0, subscriptions: () => 0 });
  const parts = {
    directory,
    metrics,
    name: 'test',
    broken: () => undefined,
    leaving: () => false,
    hosts: new Set<string>(),
    access: new Access(),
  };
  const http = await httpServer({ ...parts, ...part });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** A bare connection: what came, and whether it is over. */
export interface Tapped {
  readonly socket: Socket;
  text: string;
  over: boolean;
}

/** Connects, sends this as it is, and listens. */
export function tap(url: string, first = ''): Tapped {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const tapped = { socket, text: '', over: false };
  onTestFinished(() => void socket.destroy());
  socket.setEncoding('latin1').on('data', (part: string) => (tapped.text += part));
  socket.on('error', () => undefined).on('close', () => (tapped.over = true));
  socket.write(first);
  return tapped;
}
