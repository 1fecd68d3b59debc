import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FramenestError } from '../errors.ts';
import { cachedRepository, parseRepository, repositoryFolder, writeReceipt } from './hub-cache.ts';
import type { Repository } from './hub-cache.ts';
import { hubBytes, hubFiles } from './hub-client.ts';
import type { HubFile } from './hub-client.ts';
import { hubSettings } from './hub-options.ts';
import type { HubOptions, HubSettings } from './hub-options.ts';
import { cardFileName } from './model-card.ts';
import { chooseOnnxFile, weightsBeside } from './onnx-files.ts';
import { textModelBeside, tokenizerFiles } from './text-card.ts';

/** What a card is read or derived from. */
const descriptions = [cardFileName, 'config.json', 'preprocessor_config.json'];

/**
 * Makes sure that the files of an encoder are in the cache: its descriptions, one ONNX file and the external weights
 * of that. Once complete, a folder is used as it is and the network is not asked again.
 * @param source `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`
 * @param text whether the text tower beside it is wanted too, where there is one
 * @returns the folder, laid out like the repository
 * @throws FramenestError DOWNLOAD_FAILED, DIGEST_MISMATCH, ENCODER_UNKNOWN, ABORTED, OPTION_INVALID
 */
export function downloadEncoder(source: string, options: HubOptions = {}, text = false): Promise<string> {
  return downloadFiles(source, (paths, where) => encoderPaths(paths, where, text), options);
}

/**
 * Chooses what is fetched of a repository.
 * @param paths its files, with `/` between folders
 * @param where repository and host, for errors
 * @returns paths; those that the repository does not have are left out
 * @throws FramenestError where it lacks what is needed
 */
export type ChoosePaths = (paths: readonly string[], where: string) => readonly string[];

/**
 * Makes sure that some files of a repository are in the cache, like {@link downloadEncoder}.
 * @param shelf folder inside the cache; undefined: that of the encoders
 * @throws FramenestError as {@link downloadEncoder}, and what `choose` throws
 */
export async function downloadFiles(
  source: string,
  choose: ChoosePaths,
  options: HubOptions = {},
  shelf?: string,
): Promise<string> {
  const repository = parseRepository(source);
  const cached = await cachedRepository(source, options.cacheDir, shelf);
  if (cached !== undefined) return cached;
  const settings = hubSettings(options);
  const files = neededFiles(await hubFiles(repository, settings), repository, settings, choose);
  const folder = repositoryFolder(repository, options.cacheDir, shelf);
  for (const file of files) await fetchFile(repository, file, join(folder, file.path), settings);
  await writeReceipt(folder, files);
  return folder;
}

function neededFiles(
  files: readonly HubFile[],
  { id }: Repository,
  settings: HubSettings,
  choose: ChoosePaths,
): HubFile[] {
  const paths = files.map(({ path }) => path).filter(isPlain);
  const wanted = new Set(choose(paths, `${id} on ${settings.host}`));
  const needed = files.filter(({ path }) => wanted.has(path));
  const bytes = needed.reduce((sum, { size }) => sum + size, 0);
  if (bytes > settings.maxDownloadBytes) {
    throw new FramenestError('DOWNLOAD_FAILED', {
      what: `${id} needs ${bytes} bytes, more than the bound of ${settings.maxDownloadBytes}.`,
      mend: 'Choose a smaller model, or raise the bound.',
    });
  }
  return needed;
}

function encoderPaths(paths: readonly string[], where: string, text: boolean): string[] {
  const model = chooseOnnxFile(paths);
  if (model === undefined) {
    throw new FramenestError('ENCODER_UNKNOWN', {
      what: `${where} holds no .onnx file.`,
      mend: 'Name a repository with ONNX weights, or export the model and name the folder.',
    });
  }
  const texts = text ? textPaths(model, paths) : [];
  return [...descriptions, model, ...weightsBeside(model, paths), ...texts];
}

/** The text tower beside a vision tower, its external weights and its tokenizer. */
function textPaths(model: string, paths: readonly string[]): string[] {
  const tower = textModelBeside(model);
  return [tower, ...weightsBeside(tower, paths), ...tokenizerFiles];
}

/** Whether a path of the hub's list stays inside the folder that it is joined to. */
function isPlain(path: string): boolean {
  return path.split('/').every((part) => /^[A-Za-z0-9_][\w.-]*$/.test(part));
}

async function fetchFile(repository: Repository, file: HubFile, target: string, settings: HubSettings): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${randomUUID()}.tmp`;
  const out = await open(temporary, 'wx');
  try {
    await receive(repository, file, out, settings);
    await out.close();
    await rename(temporary, target);
  } finally {
    await out.close();
    await rm(temporary, { force: true });
  }
}

async function receive(repository: Repository, file: HubFile, out: FileHandle, settings: HubSettings): Promise<void> {
  const { digest } = file;
  const hash = digest && hashFor(digest.algorithm, file.size);
  const report = (receivedBytes: number): void =>
    settings.onProgress({ file: file.path, receivedBytes, totalBytes: file.size });
  let received = 0;
  report(0);
  for await (const chunk of hubBytes(repository, file, settings)) {
    received += chunk.length;
    if (received > file.size) break;
    hash?.update(chunk);
    await out.writeFile(chunk);
    report(received);
  }
  if (received !== file.size) throw wrongFile(repository, file, settings, 'more bytes', `${file.size} bytes`);
  const found = hash?.digest('hex');
  if (digest && found !== digest.hex) {
    throw wrongFile(repository, file, settings, `the digest ${String(found)}`, digest.hex);
  }
}

function wrongFile(
  { id }: Repository,
  { path }: HubFile,
  { host }: HubSettings,
  found: string,
  listed: string,
): FramenestError {
  return new FramenestError('DIGEST_MISMATCH', {
    what: `${id}/${path} came from ${host} with ${found}; the hub lists ${listed}.`,
    mend: 'Fetch it again; if it fails again, the host or something before it changes the file.',
  });
}

/** Git names a blob by the SHA-1 over a header and the content. */
function hashFor(algorithm: 'sha256' | 'git-sha1', size: number): ReturnType<typeof createHash> {
  return algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}
