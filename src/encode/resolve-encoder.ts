import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { FramenestError } from '../errors.ts';
import type { EncoderFacts } from '../media/vision-encoder.ts';
import { deriveBareCard } from './bare-card.ts';
import { encoderDigest } from './encoder-digest.ts';
import { embeddedFolder, isMissing } from './encoder-folders.ts';
import { deriveHfCard } from './hf-card.ts';
import { parseRepository } from './hub-cache.ts';
import { downloadEncoder } from './hub-download.ts';
import { inspectModel } from './inspect-model.ts';
import type { HubOptions } from './hub-options.ts';
import { knownEncoders, readsText } from './known-encoders.ts';
import type { KnownEncoder } from './known-encoders.ts';
import { cardFileName, factsOf, readModelCard } from './model-card.ts';
import type { ModelCard } from './model-card.ts';

import { chooseOnnxFile } from './onnx-files.ts';

/** How to find an encoder. */
export interface ResolveOptions extends HubOptions {
  /** Path of a card to use instead of the one beside the model; its `file` counts from the model's folder. */
  readonly card?: string | undefined;
}

/** An encoder that is on this machine and whose card was read or derived, but not yet compared with the model. */
export interface ResolvedEncoder {
  readonly card: ModelCard;
  /** Absolute path of the ONNX file. */
  readonly modelPath: string;
  /** Absolute path of the folder that the card's paths count from. */
  readonly folder: string;
  /** `sha256:…` over weights and card. */
  readonly digest: string;
  readonly facts: EncoderFacts;
}

/**
 * Finds an encoder.
 * @param nameOrPath one of `knownEncoders`; `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`, downloaded once; an `.onnx`
 * file; or a folder. The card is, in this order: `options.card`; `framenest.json` beside the model; derived from
 * `config.json` and `preprocessor_config.json`; derived from the model alone.
 * @throws FramenestError ENCODER_UNKNOWN, ENCODER_CARD_INVALID, ENCODER_MISMATCH, DIGEST_MISMATCH, DOWNLOAD_FAILED
 */
export async function resolveEncoder(nameOrPath: string, options: ResolveOptions = {}): Promise<ResolvedEncoder> {
  const { card, modelPath, folder } = await find(nameOrPath, options);
  const digest = await encoderDigest(card, modelPath);
  await checkTextFiles(card, folder);
  return { card, modelPath, folder, digest, facts: factsOf(card, digest) };
}

interface Found {
  readonly card: ModelCard;
  readonly modelPath: string;
  readonly folder: string;
}

/** What is known of an encoder beforehand, for a card that is derived. */
type Hints = Partial<Pick<KnownEncoder, 'name' | 'inputSide' | 'outputName' | 'resize'>>;

async function find(nameOrPath: string, options: ResolveOptions): Promise<Found> {
  const known = knownEncoders.find((encoder) => encoder.name === nameOrPath);
  if (known?.source === 'embedded') return fromFolder(embeddedFolder(known.name), options);
  const source = known?.source ?? nameOrPath;
  if (source.startsWith('hf:')) {
    const folder = await downloadEncoder(source, options, readsText(source));
    return fromFolder(folder, options, known ?? { name: parseRepository(source).id });
  }
  return fromPath(nameOrPath, options);
}

async function fromPath(nameOrPath: string, options: ResolveOptions): Promise<Found> {
  const path = resolve(nameOrPath);
  const kind = await kindOf(path);
  if (kind === 'folder') return fromFolder(path, options);
  if (kind === 'file' && path.endsWith('.onnx')) return fromFile(path, options);
  throw unknown(nameOrPath);
}

async function fromFolder(folder: string, options: ResolveOptions, hints: Hints = {}): Promise<Found> {
  const files = await filesOf(folder);
  if (options.card === undefined && !files.includes(cardFileName)) {
    const file = chooseOnnxFile(files);
    if (file === undefined) throw unknown(folder);
    return derived(folder, file, hints, files);
  }
  const card = await readModelCard(options.card ?? join(folder, cardFileName));
  const modelPath = join(folder, card.file);
  if (await kindOf(modelPath)) return { card, modelPath, folder };
  throw new FramenestError('ENCODER_UNKNOWN', {
    what: `The encoder "${card.name}" has a card, but its weights ${modelPath} do not exist.`,
    mend: 'Put the ONNX file there; for the embedded encoder run "npm run setup".',
  });
}

async function fromFile(path: string, options: ResolveOptions): Promise<Found> {
  const folder = dirname(path);
  const beside = join(folder, cardFileName);
  if (options.card !== undefined) return { card: await readModelCard(options.card), modelPath: path, folder };
  if ((await kindOf(beside)) === undefined) return derived(folder, basename(path), {}, []);
  const card = await readModelCard(beside);
  if (resolve(folder, card.file) === path) return { card, modelPath: path, folder };
  throw new FramenestError('ENCODER_CARD_INVALID', {
    what: `${beside} describes ${card.file}, not ${basename(path)}.`,
    mend: 'Put the file in a folder of its own, or name its own card.',
  });
}

async function derived(folder: string, file: string, hints: Hints, all: readonly string[]): Promise<Found> {
  const modelPath = join(folder, file);
  const signature = await inspectModel(modelPath);
  const config = await jsonOf(join(folder, 'config.json'));
  const name = hints.name ?? basename(folder);
  if (config === undefined) {
    return { card: deriveBareCard(name, file, signature, modelPath), modelPath, folder };
  }
  const preprocessor = (await jsonOf(join(folder, 'preprocessor_config.json'))) ?? {};
  const { inputSide: preferredSide, outputName, resize } = hints;
  const found = { where: folder, name, file, config, preprocessor, signature, files: all };
  const card = deriveHfCard({ ...found, preferredSide, outputName, resize });
  return { card, modelPath, folder };
}

/** @throws FramenestError ENCODER_UNKNOWN where a file of the card's text tower does not exist */
async function checkTextFiles({ name, text }: ModelCard, folder: string): Promise<void> {
  if (!text) return;
  for (const file of [text.file, text.tokenizer, text.projection.file]) {
    if ((await kindOf(join(folder, file))) === 'file') continue;
    throw new FramenestError('ENCODER_UNKNOWN', {
      what: `The card of "${name}" has a text tower, but its file ${join(folder, file)} does not exist.`,
      mend: 'Put the file there, or take "text" out of the card; then the encoder takes no queries.',
    });
  }
}

/** Files of a folder and of the folders in it, with `/`. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isDirectory()) return [entry.name];
      return (await readdir(join(folder, entry.name))).map((name) => `${entry.name}/${name}`);
    }),
  );
  return nested.flat();
}

async function jsonOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new FramenestError('ENCODER_CARD_INVALID', {
      what: `${path} cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}.`,
      mend: 'Fetch the file again, or write a framenest.json beside the ONNX file.',
      cause,
    });
  }
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

function unknown(nameOrPath: string): FramenestError {
  const kind = nameOrPath.includes(sep) ? 'No ONNX model is at' : 'No encoder is called';
  return new FramenestError('ENCODER_UNKNOWN', {
    what: `${kind} "${nameOrPath}".`,
    mend: `Use ${knownEncoders.map(({ name }) => name).join(', ')}, hf:OWNER/NAME, or the path of a folder or .onnx file.`,
  });
}
