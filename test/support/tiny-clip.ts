import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';
import { toolOrSkip } from './require-tool.ts';

const PYTHON = '/usr/bin/python3';

/** What torch computes with the pair. */
export interface ClipReference {
  /** `[16, 32]`. */
  readonly projection: readonly number[];
  /** Of each query, `[16]`, of length 1. */
  readonly embeddings: Readonly<Record<string, readonly number[]>>;
  /** Nine cells, `[9, 32]`, and the cosine of each with "red". */
  readonly grid: readonly number[];
  readonly relevance: readonly number[];
  readonly relevanceAfterNorm: readonly number[];
}

/** Whether the pair can be made here: `describe.skipIf(!clipOrSkip)`. */
export const clipOrSkip = toolOrSkip(PYTHON, ['-c', 'import torch, onnx']);

let made: Promise<string> | undefined;

afterAll(async () => {
  if (made) await rm(await made, { recursive: true, force: true });
});

/**
 * A folder with a CLIP-like pair that knows colours, see tiny-clip.py: an encoder of 96 px and a 12 × 12 grid whose text
 * tower knows the words red, green, blue, yellow and white. Made once a test file; read only.
 */
export function tinyClip(): Promise<string> {
  made ??= make();
  return made;
}

/** A copy of the folder with changes laid over the part `text` of its card; removed when the test ends. */
export async function tinyClipWith(text: object | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'framenest-clip-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(await tinyClip(), folder, { recursive: true });
  const card = JSON.parse(await readFile(join(folder, 'framenest.json'), 'utf8')) as { text: object };
  const changed = text === undefined ? { ...card, text } : { ...card, text: { ...card.text, ...text } };
  await writeFile(join(folder, 'framenest.json'), JSON.stringify(changed));
  return folder;
}

/** See {@link ClipReference}. */
export async function clipReference(): Promise<ClipReference> {
  return JSON.parse(await readFile(join(await tinyClip(), 'reference.json'), 'utf8')) as ClipReference;
}

async function make(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'framenest-clip-'));
  const script = fileURLToPath(new URL('tiny-clip.py', import.meta.url));
  const { status, stderr } = spawnSync(PYTHON, [script, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tiny-clip.py failed: ${stderr}`);
  return folder;
}
