import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '#dist/client/client.js';
import { connect } from '#dist/client/connect.js';
import { stillFrames } from '#dist/llm/pictures/still-frames.js';
import type { StillOptions } from '#dist/llm/pictures/still-frames.js';
import { requestStill, stillAddress } from '#dist/llm/pictures/still-request.js';
import type { PictureContent, WindowFrame } from '#dist/llm/window-frame.js';
import { readTls } from '#dist/server/tls.js';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { solid } from '../../support/picture.ts';
import { rejection } from '../../support/rejection.ts';
import { hasOpenssl, selfSigned } from '../../support/self-signed.ts';
import { sleep } from '../../support/sleep.ts';
import { lightStream, serve } from '../../support/serving.ts';
import type { LightStream } from '../../support/serving.ts';

const idle = new AbortController().signal;
const TOKEN = 'abcdefghijklmnopqrstuvwxyz';

/** At 66 frames a second: red, then blue from frame 100 on. Nothing else happens. */
function redThenBlue(name: string, count = 200): LightStream {
  const [red, blue] = [solid(96, [200, 30, 30]), solid(96, [30, 30, 200])];
  return lightStream(name, { count, everyMs: 15, paint: (i) => (i < 100 ? red : blue) }, { options: {} });
}

async function take(
  frames: AsyncIterable<WindowFrame<PictureContent>>,
  enough: (frame: WindowFrame<PictureContent>) => boolean = () => false,
): Promise<WindowFrame<PictureContent>[]> {
  const list = [];
  for await (const frame of frames) {
    list.push(frame);
    if (enough(frame)) break;
  }
  return list;
}

/** `red` or `blue`, by the middle of the picture. */
async function color({ content }: WindowFrame<PictureContent>): Promise<string> {
  const { dominant } = await sharp(content.jpeg).stats();
  return dominant.r > dominant.b ? 'red' : 'blue';
}

test('a served stream is a picture for each scene, and references in between', async () => {
  const { url } = await serve([redThenBlue('front door', 2000)]);
  const shown: WindowFrame<PictureContent>[] = [];
  const frames = await take(stillFrames(url, 'front door', {}, idle), (frame) => {
    if (frame.content.sameAs === undefined) shown.push(frame);
    return Number(frame.id.split('/').at(-1)) > 150 && shown.length > 1;
  });
  expect(await color(shown[0]!)).toBe('red');
  expect(await color(shown.at(-1)!)).toBe('blue');
  expect(frames[0]?.content.sameAs).toBeUndefined();
  for (const [i, { id, content, tokens, atS }] of frames.entries()) {
    expect(id).toMatch(/^front door\/0\/\d+$/);
    expect(atS).toBeCloseTo(Number(id.split('/').at(-1)) / 25);
    if (content.sameAs === undefined) continue;
    expect(tokens).toBe(1);
    const before = frames.slice(0, i).findLast((frame) => frame.content.sameAs === undefined);
    expect(content.sameAs).toBe(before?.id);
    expect(content.jpeg).toBe(before?.content.jpeg);
  }
  expect(shown.length).toBeLessThan(8);
  expect(shown[0]?.tokens).toBe(144);
});

test('a picture has the shape that its source has', async () => {
  const { url } = await serve([redThenBlue('door')]);
  const [frame] = await take(stillFrames(url, 'door', {}, idle), () => true);
  // The painted source says 1920 × 1080, and the encoder sees it stretched to 96 × 96.
  expect(frame?.content).toMatchObject({ width: 96, height: 54 });
  const { format, width, height } = await sharp(frame?.content.jpeg).metadata();
  expect([format, width, height]).toEqual(['jpeg', 96, 54]);
});

test('it ends with the stream, and where the signal aborts', async () => {
  const { url } = await serve([redThenBlue('short', 60), redThenBlue('long', 100_000)]);
  await take(stillFrames(url, 'short', {}, idle));
  const abort = new AbortController();
  await take(stillFrames(url, 'long', {}, abort.signal), () => {
    abort.abort();
    return false;
  });
});

test("a client's session is used where there is one, and stays open", async () => {
  const { url } = await serve([redThenBlue('door')]);
  const client = await connect(url);
  onTestFinished(() => client.close());
  await take(stillFrames(url, 'door', { client }, idle), () => true);
  expect(client.state).toBe('open');
});

test('a stream that there is none of, and one that the token may not see, are refused', async () => {
  const access = [{ name: 'all', token: TOKEN, streams: ['*'] }];
  const { url } = await serve([redThenBlue('door', 100_000)], { access });
  const failure = async (stream: string, options: StillOptions) =>
    (await rejection(take(stillFrames(url, stream, options, idle)))).code;
  expect(await failure('door', {})).toBe('UNAUTHORIZED');
  expect(await failure('gate', { token: TOKEN })).toBe('STREAM_UNKNOWN');
  const [frame] = await take(stillFrames(url, 'door', { token: TOKEN }, idle), () => true);
  expect(frame?.content.width).toBe(96);
});

test.skipIf(!hasOpenssl)('stills come over TLS too, with the certificate that is trusted', async () => {
  const { cert, key } = selfSigned();
  const tls = await readTls({ cert, key });
  const { url } = await serve([redThenBlue('door')], { tls });
  const [frame] = await take(stillFrames(url, 'door', { ca: readFileSync(cert, 'utf8') }, idle), () => true);
  expect(frame?.content.width).toBe(96);
});

describe('an answer of the server', () => {
  async function answered(listener: RequestListener, token?: string) {
    const server = createServer(listener);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = stillAddress(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, 'a / b');
    return requestStill(address, token === undefined ? {} : { token }, '"1"', idle);
  }
  const good = { 'framenest-sequence': '7', 'framenest-picture': '640x480 pad', etag: '"2"' };

  test('is a still with its frame and its shape', async () => {
    const paths: unknown[] = [];
    const still = await answered((request, response) => {
      paths.push(request.url, request.headers.authorization, request.headers['if-none-match']);
      response.writeHead(200, good).end('jpeg');
    }, 'abc');
    expect(still).toMatchObject({ sequence: 7, geometry: { width: 640, height: 480, resize: 'pad' }, etag: '"2"' });
    expect(paths).toEqual(['/streams/a%20%2F%20b/still.jpg', 'Bearer abc', '"1"']);
  });

  test.each([
    [204, 'none'],
    [304, 'unchanged'],
    [429, 'failed'],
    [503, 'failed'],
  ])('of status %i is "%s"', async (status, answer) => {
    expect(await answered((_, response) => response.writeHead(status).end())).toBe(answer);
  });

  test.each([
    [401, 'UNAUTHORIZED'],
    [404, 'STREAM_UNKNOWN'],
  ])('of status %i is an error', async (status, code) => {
    expect((await rejection(answered((_, response) => response.writeHead(status).end()))).code).toBe(code);
  });

  test.each([
    ['without a sequence', { ...good, 'framenest-sequence': 'x' }],
    ['without a shape', { ...good, 'framenest-picture': '0x480 pad' }],
  ])('%s is none', async (_, headers) => {
    expect(await answered((__, response) => response.writeHead(200, headers).end('jpeg'))).toBe('failed');
  });

  test('that is too long, or breaks off, is none', async () => {
    const long = Buffer.alloc(5 << 20);
    expect(await answered((_, response) => response.writeHead(200, good).end(long))).toBe('failed');
    const cut: RequestListener = (_, response) => {
      response.writeHead(200, { ...good, 'content-length': '100' });
      response.write('jpeg', () => response.destroy());
    };
    expect(await answered(cut)).toBe('failed');
  });
});

test('where the server numbers from the beginning again, its pictures are asked for again', async () => {
  const stills = new Map<number, Buffer>();
  for (const [sequence, background] of [[1000, 'red'] as const, [0, 'blue'] as const]) {
    const create = { width: 96, height: 96, channels: 3, background } as const;
    stills.set(sequence, await sharp({ create }).jpeg().toBuffer());
  }
  let sequence = 1000;
  const server = createServer((_, response) => {
    const facts = { 'framenest-sequence': String(sequence), 'framenest-picture': '96x96 stretch' };
    response.writeHead(200, facts).end(stills.get(sequence));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // As the client gives the packets of a camera whose server was started anew.
  async function* subscribe() {
    for (; ; sequence = 0) {
      const header = { stream: 'door', epoch: 0, sequence, timebase: { num: 1, den: 25 } };
      yield { type: 'packet', packet: { header, frames: [{ kind: 'full', scale: 9, pts: BigInt(sequence) }] } };
      if (sequence === 0) return;
      // A server takes two questions a second.
      await sleep(600);
    }
  }
  const client = { subscribe } as unknown as Client;
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const frames = await take(stillFrames(url, 'door', { client }, idle));
  expect(await Promise.all(frames.map(color))).toEqual(['red', 'blue']);
});
