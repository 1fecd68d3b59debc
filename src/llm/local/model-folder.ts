import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../encode/encoder-folders.ts';
import { FramenestError } from '../../errors.ts';
import { chooseGraphs } from './graph-files.ts';
import type { Variant } from './graph-files.ts';
import { modelInvalid } from './model-invalid.ts';

/** Descriptions that a model may have. */
export const descriptionFiles = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'chat_template.json',
] as const;

/** Bound on a description, bytes; the largest tokenizers have 35 MB. */
const mostBytes = 128 * 2 ** 20;

/** The files of a model as they lie on the disk. */
export interface ModelFolder {
  readonly folder: string;
  readonly config: unknown;
  /** undefined where there is none. */
  readonly generation: unknown;
  readonly tokenizer: object;
  readonly tokenizerConfig: Readonly<Record<string, unknown>>;
  /** Jinja. */
  readonly template: string;
  /** Absolute paths of the two graphs. */
  readonly embedPath: string;
  readonly decoderPath: string;
}

/**
 * Reads the descriptions of a model and finds its graphs.
 * @throws FramenestError MODEL_INVALID naming the file that is missing or cannot be read
 */
export async function readModelFolder(folder: string, variant: Variant | undefined): Promise<ModelFolder> {
  const graphs = chooseGraphs(await graphPaths(folder), variant, folder);
  const tokenizerConfig = await neededJson(folder, 'tokenizer_config.json');
  return {
    folder,
    config: await neededJson(folder, 'config.json'),
    generation: await jsonOf(folder, 'generation_config.json'),
    tokenizer: await neededJson(folder, 'tokenizer.json'),
    tokenizerConfig,
    template: await templateOf(folder, tokenizerConfig),
    embedPath: join(folder, graphs.embed),
    decoderPath: join(folder, graphs.decoder),
  };
}

async function graphPaths(folder: string): Promise<string[]> {
  try {
    await readdir(folder);
  } catch (cause) {
    throw modelInvalid(
      `The folder ${folder} cannot be read: ${messageOf(cause)}.`,
      'Name the folder of a model, or a repository as hf:OWNER/NAME.',
      cause,
    );
  }
  try {
    return (await readdir(join(folder, 'onnx'))).map((name) => `onnx/${name}`);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}

/** The template in the order in which transformers looks for it. */
async function templateOf(folder: string, tokenizerConfig: Readonly<Record<string, unknown>>): Promise<string> {
  const jinja = await textOf(folder, 'chat_template.jinja');
  if (jinja !== undefined) return jinja;
  const beside = await jsonOf(folder, 'chat_template.json');
  const said = (isRecord(beside) ? beside['chat_template'] : undefined) ?? tokenizerConfig['chat_template'];
  const template = Array.isArray(said) ? defaultOf(said) : said;
  if (typeof template === 'string') return template;
  throw modelInvalid(
    `${folder} has no chat template: no chat_template.jinja, no chat_template.json, none in tokenizer_config.json.`,
    'Put the chat_template.jinja of the model there.',
  );
}

/** Of several templates with names. */
function defaultOf(templates: readonly unknown[]): unknown {
  const named = templates.filter(isRecord);
  return (named.find((template) => template['name'] === 'default') ?? named[0])?.['template'];
}

async function neededJson(folder: string, name: string): Promise<Record<string, unknown>> {
  const json = await jsonOf(folder, name);
  if (isRecord(json)) return json;
  const what = json === undefined ? `${folder} has no ${name}.` : `${join(folder, name)} is no JSON object.`;
  throw modelInvalid(what, 'Put the file of the model there; docs/llm.md lists the files.');
}

async function jsonOf(folder: string, name: string): Promise<unknown> {
  const text = await textOf(folder, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const mend = 'Fetch the file again.';
    throw modelInvalid(`${join(folder, name)} cannot be read as JSON: ${messageOf(cause)}.`, mend, cause);
  }
}

async function textOf(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, name);
  try {
    return await readBounded(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    if (cause instanceof FramenestError) throw cause;
    throw modelInvalid(`${path} cannot be read: ${messageOf(cause)}.`, 'Check the file and who may read it.', cause);
  }
}

async function readBounded(path: string): Promise<string> {
  // Without blocking: a pipe that nobody writes into would never open.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new Error('it is no file');
    if (facts.size <= mostBytes) return await file.readFile('utf8');
  } finally {
    await file.close();
  }
  throw modelInvalid(
    `${path} has more than ${mostBytes} bytes.`,
    'Fetch the file again from where the model comes from.',
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
