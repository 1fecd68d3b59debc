import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A repository that a {@link LocalHub} serves: content by path. Files that end in `.onnx` or `_data` are large files. */
export type HubContent = Readonly<Record<string, Uint8Array>>;

/** What a {@link LocalHub} does wrong. */
export interface HubFaults {
  /** Every request is answered with this status. */
  status?: number;
  /** Requests need this bearer token. */
  token?: string;
  /** The next transfers of a whole file, one entry each: break off after so many bytes. */
  breakAfter?: number[];
  /** Transfers of this file begin and then stand still. */
  stall?: string;
  /** Transfers of this file carry other bytes than the list says. */
  falsify?: string;
}

/** A real HTTP server on this machine with the routes of the Hugging Face hub that downloads use. */
export interface LocalHub {
  readonly endpoint: string;
  readonly faults: HubFaults;
  /** Method, path and Range header of each request so far. */
  readonly requests: readonly string[];
  /** From now on the address answers nothing. */
  close(): Promise<void>;
}

/** Serves one repository at one revision until the test ends. */
export async function localHub(id: string, revision: string, content: HubContent): Promise<LocalHub> {
  const faults: HubFaults = {};
  const requests: string[] = [];
  const tree = `/api/models/${id}/tree/${revision}`;
  const files = `/${id}/resolve/${revision}/`;
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    requests.push(`${request.method ?? ''} ${path} ${request.headers.range ?? ''}`.trim());
    const name = path.startsWith(files) ? path.slice(files.length) : '';
    const bytes = content[name];
    const denied = faults.token !== undefined && request.headers.authorization !== `Bearer ${faults.token}`;
    if (faults.status !== undefined) refuse(response, faults.status);
    else if (denied) refuse(response, 401);
    else if (path === tree) sendJson(response, 200, listing(content));
    else if (bytes) sendFile(request, response, name, bytes, faults);
    else refuse(response, 404);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  onTestFinished(close);
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, faults, requests, close };
}

function listing(content: HubContent): object[] {
  return Object.entries(content).map(([path, bytes]) => {
    const size = bytes.length;
    const oid = createHash('sha1').update(`blob ${size}\0`).update(bytes).digest('hex');
    const large = path.endsWith('.onnx') || path.endsWith('_data');
    const lfs = { oid: createHash('sha256').update(bytes).digest('hex'), size, pointerSize: 134 };
    return { type: 'file', oid, size, path, ...(large ? { lfs } : {}) };
  });
}

function refuse(response: ServerResponse, status: number): void {
  sendJson(response, status, { error: `refused ${status}` });
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  content: Uint8Array,
  faults: HubFaults,
): void {
  const bytes = faults.falsify === name ? content.map((byte) => byte ^ 1) : content;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]) + 1, bytes.length) : bytes.length;
  const part = bytes.subarray(start, end);
  const probe = range !== null && part.length === 1;
  response.writeHead(range ? 206 : 200, {
    etag: `"${name}"`,
    'content-length': part.length,
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` } : {}),
  });
  const broken = probe ? undefined : faults.breakAfter?.shift();
  if (!probe && faults.stall === name) response.write(part.subarray(0, 1));
  else if (broken === undefined) response.end(part);
  else response.write(part.subarray(0, broken), () => setImmediate(() => response.destroy()));
}
