import { appendFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from '#dist/jobs/inspect.js';
import { readManifest } from '#dist/jobs/manifest.js';
import { PartWriter } from '#dist/jobs/part-writer.js';
import { describe, expect, test } from 'vitest';
import { tinyPacket } from '../support/raw-server.ts';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';
import { decodePacket } from '#dist/wire/packet-codec.js';

const facts = {
  input: 'made',
  decoder: 'libav',
  encoder: 'made',
  encoderDigest: 'e',
  stage: 'pre',
  gridSide: 1,
  channels: 1,
  ladder: [1],
  policy: 'fixed:1',
  layout: 'uniform',
  dtype: 'F32',
  fps: 2,
  timebase: '1/25',
} as const;

/** A folder with two parts of two frames each. */
async function folderOfParts(error?: Error): Promise<string> {
  const folder = await temporaryFolder({});
  const writer = await PartWriter.open(folder, { ...facts, ladder: [1] }, { frames: 2, bytes: 1 << 20 });
  for (let i = 0; i < 4; i++) await writer.add(decodePacket(tinyPacket('default', i)));
  await writer.finish(error);
  return folder;
}

const part = (folder: string): string => join(folder, 'part-00001.safetensors');

describe('inspecting', () => {
  test('a sound folder finds every part and no problem', async () => {
    const folder = await folderOfParts();
    const reports = await inspect(folder);
    expect(reports.map(({ file, problems }) => [file, problems])).toEqual([
      ['part-00000.safetensors', []],
      ['part-00001.safetensors', []],
    ]);
    expect(reports.map(({ packet }) => packet?.frames.map(({ pts }) => pts))).toEqual([
      [0n, 1n],
      [2n, 3n],
    ]);
    expect(reports[0]!.packet).toMatchObject({ header: { encoder: 'e' }, dtype: 'F32', channels: 1 });
  });

  test('a single part needs no manifest', async () => {
    const folder = await folderOfParts();
    await rm(join(folder, 'manifest.json'));
    const [report, ...others] = await inspect(part(folder));
    expect(others).toEqual([]);
    expect(report).toMatchObject({ file: 'part-00001.safetensors', problems: [], packet: { channels: 1 } });
  });

  test.each<[string, (folder: string) => Promise<void>, RegExp]>([
    ['is missing', (folder) => rm(part(folder)), /^The file is missing\.$/],
    ['was cut short', async (folder) => truncate(part(folder), 200), /^It has 200 bytes, the manifest says \d+\.$/],
    ['is empty', (folder) => truncate(part(folder), 0), /^It has 0 bytes/],
    ['has bytes after its end', (folder) => appendFile(part(folder), 'x'), /^It has \d+ bytes/],
    [
      'has one bit flipped in its tokens',
      async (folder) => {
        const bytes = await readFile(part(folder));
        bytes[bytes.length - 5]! ^= 1;
        await writeFile(part(folder), bytes);
      },
      /the digest does not match the manifest/,
    ],
    [
      'has one bit flipped in its header',
      async (folder) => {
        const bytes = await readFile(part(folder));
        bytes[8]! ^= 1;
        await writeFile(part(folder), bytes);
      },
      /the digest does not match the manifest/,
    ],
  ])('finds the part that %s, and only that one', async (_, harm, problem) => {
    const folder = await folderOfParts();
    await harm(folder);
    const reports = await inspect(folder);
    expect(reports).toHaveLength(2);
    expect(reports[0]!.problems).toEqual([]);
    expect(reports[1]!.problems[0]).toMatch(problem);
  });

  test('a single broken part says what is wrong with it', async () => {
    const folder = await folderOfParts();
    await truncate(part(folder), 100);
    const [report] = await inspect(part(folder));
    expect(report!.packet).toBeUndefined();
    expect(report!.problems).toHaveLength(1);
  });

  test('an incomplete run is a problem of its manifest, and its parts are sound', async () => {
    const folder = await folderOfParts(new Error('the lens fell off'));
    const reports = await inspect(folder);
    expect(reports.map(({ problems }) => problems.length)).toEqual([0, 0, 1]);
    expect(reports[2]!.file).toBe('manifest.json');
    expect(reports[2]!.problems[0]).toContain('The run did not finish: INTERNAL');
    expect(reports[2]!.problems[0]).toContain('the lens fell off');
  });

  test('nothing is INPUT_MISSING, a folder without a manifest PART_BROKEN', async () => {
    const folder = await temporaryFolder({});
    expect((await rejection(inspect(join(folder, 'nothing')))).code).toBe('INPUT_MISSING');
    expect((await rejection(inspect(folder))).code).toBe('PART_BROKEN');
  });
});

describe('a manifest', () => {
  test.each([
    ['a part outside of its folder', { parts: [{ file: '../../etc/part-00000.safetensors' }] }, 'parts.0.file'],
    ['another format', { format: 'framenest.v9' }, 'format'],
    ['a negative count', { frames: -1 }, 'frames'],
  ])('with %s is PART_BROKEN and names the field', async (_, change, field) => {
    const folder = await folderOfParts();
    const manifest = await readManifest(folder);
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, ...change }));
    const error = await rejection(readManifest(folder));
    expect(error.code).toBe('PART_BROKEN');
    expect(error.what).toContain(field);
  });
});
