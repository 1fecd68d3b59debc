import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StillSlot } from '#dist/operators/take-stills.js';
import { Access } from '#dist/server/access.js';
import type { PageParts } from '#dist/server/page.js';
import { page } from '#dist/server/page.js';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { paintedFrame } from '../support/painted-source.ts';
import { scenery } from '../support/picture.ts';

const picture = { width: 1920, height: 1080, resize: 'stretch' } as const;
const still = '/streams/door%20%2F%201/still.jpg';

/** A slot that somebody asked for a picture of this size. */
async function askedSlot(side: number): Promise<StillSlot> {
  const slot = new StillSlot();
  await slot.ask(AbortSignal.abort());
  slot.offer(paintedFrame(0, scenery(side, 1)), 12, picture);
  return slot;
}

async function app(parts: Partial<PageParts> = {}): Promise<FastifyInstance> {
  const slots = new Map([['door / 1', await askedSlot(480)]]);
  const made = fastify();
  onTestFinished(() => made.close());
  await page({ stills: (stream) => slots.get(stream), access: new Access(), ...parts })(made);
  return made;
}

describe('a still', () => {
  test('is a JPEG of the square that the encoder sees, at most 384 pixels wide, with its packet and its shape', async () => {
    const answer = await (await app()).inject(still);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'cache-control': 'no-store',
      'framenest-sequence': '12',
      'framenest-picture': '1920x1080 stretch',
    });
    const { data, info } = await sharp(answer.rawPayload).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([384, 384, 3]);
    const sent = scenery(480, 1);
    const mean = (bytes: Uint8Array): number => bytes.reduce((sum, value) => sum + value, 0) / bytes.length;
    expect(mean(data)).toBeCloseTo(mean(sent), 0);
  });

  test('is not sent again to who has it', async () => {
    const server = await app();
    const { headers } = await server.inject(still);
    const again = await server.inject({ url: still, headers: { 'if-none-match': headers.etag } });
    expect(again.statusCode).toBe(304);
    expect(again.rawPayload).toHaveLength(0);
  });

  test('is nothing where no frame ever came, and 404 where there is no such stream', async () => {
    const server = await app({ stills: (stream) => (stream === 'empty' ? new StillSlot() : undefined) });
    expect((await server.inject('/streams/empty/still.jpg')).statusCode).toBe(204);
    expect((await server.inject('/streams/other/still.jpg')).statusCode).toBe(404);
  });

  test('is refused without a token, and does not exist for a token that may not see its stream', async () => {
    const rule = (name: string, streams: string[]) => ({
      name,
      token: `${name} is a token of ours`.replaceAll(' ', '-'),
      streams,
    });
    const access = new Access([rule('all', ['*']), rule('yard', ['yard'])]);
    const server = await app({ access });
    for (const url of [still, '/streams/none/still.jpg']) expect((await server.inject(url)).statusCode).toBe(401);
    const statusOf = async (name: string): Promise<number> => {
      const headers = { authorization: `Bearer ${name}-is-a-token-of-ours` };
      return (await server.inject({ url: still, headers })).statusCode;
    };
    expect([await statusOf('all'), await statusOf('yard'), await statusOf('none')]).toEqual([200, 404, 401]);
  });
});

describe('the page', () => {
  test('is served at / and asked for anew, its assets are kept', async () => {
    const server = await app();
    const answer = await server.inject('/');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
    const [script] = /assets\/[^"]+\.js/.exec(answer.body) ?? [];
    const asset = await server.inject(`/${script ?? ''}`);
    expect(asset.headers['cache-control']).toContain('immutable');
    expect(asset.body.length).toBeGreaterThan(10_000);
  });

  test.each(['/../package.json', '/%2e%2e/package.json', '/assets/..%2f..%2ferrors.js', '/nothing'])(
    'gives out nothing else: %s',
    async (url) => {
      expect((await (await app()).inject(url)).statusCode).toBeGreaterThanOrEqual(400);
    },
  );

  test('is not there where it was not built', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'framenest-page-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'other.txt'), 'other');
    const server = await app({ folder });
    expect((await server.inject('/')).statusCode).toBe(404);
    expect((await server.inject('/other.txt')).statusCode).toBe(404);
  });
});
