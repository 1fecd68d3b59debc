import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FramenestError } from '../errors.ts';
import { cacheFolder, encodersFolder } from './encoder-folders.ts';

/** A model repository of a hub at one revision. */
export interface Repository {
  /** `OWNER/NAME`. */
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** Written last into a repository's folder: without it the folder is incomplete. */
const receiptName = 'download.json';

const receiptSchema = z.object({ files: z.array(z.object({ path: z.string(), size: z.number() })) });

/** A file of the hub and the bytes it has. */
export interface ReceivedFile {
  readonly path: string;
  readonly size: number;
}

/**
 * Reads `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`; the revision is `main` where none is given.
 * @throws FramenestError ENCODER_UNKNOWN for any other form
 */
export function parseRepository(source: string): Repository {
  const match = /^hf:([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:@([A-Za-z0-9][\w.-]*))?$/.exec(source);
  if (match?.[1] !== undefined) return { id: match[1], revision: match[2] ?? 'main' };
  throw new FramenestError('ENCODER_UNKNOWN', {
    what: `"${source}" is no repository of a hub.`,
    mend: 'Write hf:OWNER/NAME, or hf:OWNER/NAME@REVISION.',
  });
}

/**
 * Where the files of a repository are kept.
 * @param shelf folder inside the cache, for what is no encoder: the same repository may be fetched in several parts
 */
export function repositoryFolder({ id, revision }: Repository, cacheDir?: string, shelf?: string): string {
  const root = shelf === undefined ? encodersFolder(cacheDir) : join(cacheFolder(cacheDir), shelf);
  return join(root, `${id.replace('/', '--')}@${revision}`);
}

/** The folder of a repository whose download was finished and whose files still have their sizes; else undefined. */
export async function cachedRepository(source: string, cacheDir?: string, shelf?: string): Promise<string | undefined> {
  const folder = repositoryFolder(parseRepository(source), cacheDir, shelf);
  try {
    const { files } = receiptSchema.parse(JSON.parse(await readFile(join(folder, receiptName), 'utf8')));
    const sizes = await Promise.all(files.map(async ({ path }) => (await stat(join(folder, path))).size));
    return files.every(({ size }, index) => size === sizes[index]) ? folder : undefined;
  } catch {
    // Whatever is wrong with the cache, fetching again mends it.
    return undefined;
  }
}

/** Marks a folder as complete. */
export async function writeReceipt(folder: string, files: readonly ReceivedFile[]): Promise<void> {
  const temporary = join(folder, `${receiptName}.${process.pid}.tmp`);
  const receipt = { files: files.map(({ path, size }) => ({ path, size })) };
  await writeFile(temporary, `${JSON.stringify(receipt, undefined, 2)}\n`);
  await rename(temporary, join(folder, receiptName));
}
