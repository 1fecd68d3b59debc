import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FramenestError } from '#dist/errors.js';
import { inspect } from '#dist/jobs/inspect.js';
import { readManifest } from '#dist/jobs/manifest.js';
import { PartWriter } from '#dist/jobs/part-writer.js';
import type { Packet } from '#dist/media/packet.js';
import { decodePacket } from '#dist/wire/packet-codec.js';
import { describe, expect, test } from 'vitest';
import { madeFacts as facts } from '../support/made-facts.ts';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';

const timebase = { num: 1, den: 25 };

/** Frame `index` with 1 + index % 3 tokens, all of whose bytes are the index. */
function packet(index: number): Packet {
  const tokens = 1 + (index % 3);
  const header = {
    stream: 'default',
    sequence: index,
    timebase,
    encoder: 'sha256:made',
    stage: 'pre',
    epoch: 0,
  } as const;
  const frame = { pts: BigInt(index), kind: 'uniform', scale: tokens, change: 0, droppedBefore: 0, tokens } as const;
  return { header, frames: [frame], dtype: 'F16', channels: 2, tokens: new Uint8Array(tokens * 4).fill(index) };
}

const open = (folder: string, limits = { frames: 4, bytes: 1 << 20 }) =>
  PartWriter.open(folder, { ...facts, ladder: [...facts.ladder] }, limits);

/** The pts of every frame in the folder's parts, in the order of the manifest. */
async function writtenPts(folder: string): Promise<number[]> {
  const { parts } = await readManifest(folder);
  const packets = await Promise.all(parts.map(async ({ file }) => decodePacket(await readFile(join(folder, file)))));
  return packets.flatMap(({ frames }) => frames.map(({ pts }) => Number(pts)));
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i);
const names = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();

describe('a part writer', () => {
  test('writes a part when it has enough frames, and the manifest after each', async () => {
    const folder = join(await temporaryFolder({}), 'made', 'on', 'demand');
    const writer = await open(folder);
    expect(await readManifest(folder)).toMatchObject({ format: 'framenest.v1', complete: false, frames: 0, parts: [] });
    for (let i = 0; i < 10; i++) {
      await writer.add(packet(i));
      const full = Math.floor((i + 1) / 4);
      expect((await readManifest(folder)).parts).toHaveLength(full);
      expect(await writtenPts(folder)).toEqual(upTo(full * 4));
    }
    const manifest = await writer.finish();
    expect(manifest).toEqual(await readManifest(folder));
    expect(manifest).toMatchObject({ complete: true, frames: 10, tokens: 19 });
    expect(manifest.parts.map(({ frames }) => frames)).toEqual([4, 4, 2]);
    expect(manifest.parts.map(({ firstPts, lastPts }) => [firstPts, lastPts])).toEqual([
      ['0', '3'],
      ['4', '7'],
      ['8', '9'],
    ]);
    expect(await writtenPts(folder)).toEqual(upTo(10));
    expect(await names(folder)).toEqual(['manifest.json', ...[0, 1, 2].map((n) => `part-0000${n}.safetensors`)]);
    for (const { file, bytes } of manifest.parts) expect((await stat(join(folder, file))).size).toBe(bytes);
    expect((await inspect(folder)).flatMap(({ problems }) => problems)).toEqual([]);
  });

  test('writes a part when its tokens are large enough', async () => {
    const folder = await temporaryFolder({});
    const writer = await open(folder, { frames: 1000, bytes: 20 });
    for (let i = 0; i < 6; i++) await writer.add(packet(i));
    // 4, 8 and 12 bytes of tokens, over and over.
    expect((await writer.finish()).parts.map(({ frames, tokens }) => [frames, tokens])).toEqual([
      [3, 6],
      [3, 6],
    ]);
  });

  test('is finished in the middle of a write without losing or repeating a frame', async () => {
    const folder = await temporaryFolder({});
    const writer = await open(folder, { frames: 1, bytes: 1 << 20 });
    const adding = [writer.add(packet(0)), writer.add(packet(1))];
    const manifest = await writer.finish(new Error('stopped'));
    await Promise.all(adding);
    expect(manifest).toMatchObject({ complete: false, frames: 2 });
    expect(await writtenPts(folder)).toEqual([0, 1]);
    expect(await names(folder)).toHaveLength(3);
  });

  test('says in the manifest why a run was cut off, and keeps what was made', async () => {
    const folder = await temporaryFolder({});
    const writer = await open(folder);
    for (let i = 0; i < 6; i++) await writer.add(packet(i));
    await writer.finish(new FramenestError('DECODE_FAILED', { what: 'The lens fell off.', mend: 'Put it back.' }));
    expect(await readManifest(folder)).toMatchObject({
      complete: false,
      frames: 6,
      error: { code: 'DECODE_FAILED', message: 'The lens fell off.' },
    });
  });

  test('of an empty run leaves a manifest without parts', async () => {
    const folder = await temporaryFolder({});
    await (await open(folder)).finish();
    expect(await readManifest(folder)).toMatchObject({ complete: true, frames: 0, tokens: 0, parts: [] });
    expect(await names(folder)).toEqual(['manifest.json']);
  });
});

describe('a folder that is used again', () => {
  test('holds nothing of the earlier run, a half-written part of a killed one included', async () => {
    const folder = await temporaryFolder({});
    const first = await open(folder);
    for (let i = 0; i < 20; i++) await first.add(packet(i));
    await writeFile(join(folder, 'part-00005.safetensors.tmp'), 'half');
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    const second = await open(folder);
    expect(await names(folder)).toEqual(['manifest.json', 'notes.txt']);
    await second.add(packet(0));
    await second.finish();
    expect(await names(folder)).toEqual(['manifest.json', 'notes.txt', 'part-00000.safetensors']);
    expect(await writtenPts(folder)).toEqual([0]);
  });

  test.each([
    ['without a manifest', {}],
    ['with a manifest that is none of ours', { 'manifest.json': '{"name":"my page"}' }],
    ['with a manifest that is no JSON', { 'manifest.json': 'hello' }],
  ])('is left alone where it holds parts %s', async (_, files) => {
    const folder = await temporaryFolder({ 'part-00000.safetensors': 'precious', ...files });
    const error = await rejection(open(folder));
    expect(error.code).toBe('OUTPUT_FAILED');
    expect(error.what).toContain('holds 1 part files and no readable manifest');
    expect(await readFile(join(folder, 'part-00000.safetensors'), 'utf8')).toBe('precious');
  });

  test('is OUTPUT_FAILED where a file lies in its place', async () => {
    const folder = await temporaryFolder({ out: 'a file' });
    for (const path of ['out', 'out/below']) {
      const error = await rejection(open(join(folder, path)));
      expect(error.code).toBe('OUTPUT_FAILED');
      expect(error.what).toContain(join(folder, path));
    }
  });
});
