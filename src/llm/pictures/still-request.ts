import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Access } from '../../client/access.ts';
import { FramenestError } from '../../errors.ts';
import type { ResizeMode } from '../../media/vision-encoder.ts';

/** A still has some 40 kB; more than this is none. */
const STILL_BYTES = 4 << 20;

/** The server itself waits a second for a frame. */
const PATIENCE_MS = 5_000;

/** A stream's picture as the server gives it. */
export interface ServerStill {
  /** Of the encoder's square. */
  readonly jpeg: Uint8Array;
  /** Of the packet that its frame became. */
  readonly sequence: number;
  /** What became of the source's picture in the square. */
  readonly geometry: { readonly width: number; readonly height: number; readonly resize: ResizeMode };
  readonly etag: string | undefined;
}

/** What was answered: a still, or that there is none (204) or no newer one (304), or that the server did not manage. */
export type StillAnswer = ServerStill | 'none' | 'unchanged' | 'failed';

/** Where a stream's stills are: `/streams/NAME/still.jpg` of the server at `ws://…` or `wss://…`. */
export function stillAddress(url: string, stream: string): URL {
  const address = new URL(`/streams/${encodeURIComponent(stream)}/still.jpg`, url);
  address.protocol = address.protocol === 'wss:' ? 'https:' : 'http:';
  return address;
}

/**
 * Asks for the newest still. What may pass (no connection, a status of 429 or 5xx, an answer that is no still) is `failed`:
 * the next one is asked for anyway.
 * @param known - etag of the still at hand
 * @throws FramenestError UNAUTHORIZED; STREAM_UNKNOWN where the server has no pictures of that stream
 */
export async function requestStill(
  address: URL,
  { token, ca }: Access,
  known: string | undefined,
  signal: AbortSignal,
): Promise<StillAnswer> {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(known !== undefined && { 'if-none-match': known }),
  };
  const within = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    const answer = await get(address, { headers, signal: within, ...(ca !== undefined && { ca }) });
    return await read(answer, address);
  } catch (thrown) {
    if (thrown instanceof FramenestError) throw thrown;
    return 'failed';
  }
}

interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly ca?: string;
}

// Not `fetch`, which takes no certificates.
function get(address: URL, options: GetOptions): Promise<IncomingMessage> {
  const request = address.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(address, options, resolve).once('error', reject).end();
  });
}

async function read(answer: IncomingMessage, { host }: URL): Promise<StillAnswer> {
  if (answer.statusCode === 200) return (await stillOf(answer)) ?? 'failed';
  answer.resume();
  switch (answer.statusCode) {
    case 204:
      return 'none';
    case 304:
      return 'unchanged';
    case 401:
    case 403:
      throw refused(host, answer.statusCode);
    case 404:
      throw unknown(host);
    default:
      return 'failed';
  }
}

async function stillOf(answer: IncomingMessage): Promise<ServerStill | undefined> {
  const { headers } = answer;
  const jpeg = await bytesOf(answer);
  const sequence = Number(headers['framenest-sequence']);
  const shape = /^([1-9]\d{0,5})x([1-9]\d{0,5}) (stretch|pad|crop)$/.exec(String(headers['framenest-picture']));
  if (!jpeg || !Number.isSafeInteger(sequence) || !shape) return undefined;
  const geometry = { width: Number(shape[1]), height: Number(shape[2]), resize: shape[3] as ResizeMode };
  return { jpeg, sequence, geometry, etag: headers.etag };
}

/** Undefined where there are too many. */
async function bytesOf(answer: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > STILL_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refused(host: string, status: number): FramenestError {
  return new FramenestError('UNAUTHORIZED', {
    what: `${host} refuses its pictures with status ${status}.`,
    mend: 'Give a token that may see this stream; `framenest ask` takes it from FRAMENEST_TOKEN.',
  });
}

function unknown(host: string): FramenestError {
  return new FramenestError('STREAM_UNKNOWN', {
    what: `${host} has no pictures of this stream.`,
    mend: 'Take one of the streams that it offers.',
  });
}
