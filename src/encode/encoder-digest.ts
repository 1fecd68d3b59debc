import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FramenestError } from '../errors.ts';
import type { ModelCard } from './model-card.ts';

/**
 * The part of a card that decides the features, as JSON with a fixed order of keys. Names, licences and the place of
 * the file are left out: the same weights used in the same way are the same encoder wherever they lie.
 */
function canonicalCard(card: ModelCard): string {
  const { inputName, inputShape, layout, dtype, rescale, mean, std, resize, resample } = card;
  const { outputName, outputLayout, prefixTokens, gridSide, channels, stage } = card;
  const input = { inputName, inputShape: inputShape.slice(1), layout, dtype, rescale, mean, std, resize, resample };
  return JSON.stringify({ ...input, outputName, outputLayout, prefixTokens, gridSide, channels, stage });
}

/**
 * `sha256:` and 64 hexadecimal digits over the bytes of the ONNX file, of its external weights in the order of their
 * names, and the canonical card. Reads the files as streams.
 * @throws FramenestError DIGEST_MISMATCH where the card names another SHA-256 of the ONNX file
 */
export async function encoderDigest(card: ModelCard, modelPath: string): Promise<string> {
  const whole = createHash('sha256');
  const model = createHash('sha256');
  for await (const chunk of bytesOf(modelPath)) {
    whole.update(chunk);
    model.update(chunk);
  }
  const found = model.digest('hex');
  if (card.sha256 !== undefined && card.sha256 !== found) {
    throw new FramenestError('DIGEST_MISMATCH', {
      what: `${modelPath} has the SHA-256 ${found}, its card says ${card.sha256}.`,
      mend: 'Fetch the model again, or correct "sha256" in the card if the file is the one you want.',
    });
  }
  for (const path of await externalWeights(modelPath)) {
    for await (const chunk of bytesOf(path)) whole.update(chunk);
  }
  return `sha256:${whole.update(canonicalCard(card)).digest('hex')}`;
}

/** Paths of the weights that exporters put beside a large ONNX file: `model.onnx_data`, `model.onnx.data`. Sorted. */
async function externalWeights(modelPath: string): Promise<string[]> {
  const folder = dirname(modelPath);
  const names = (await readdir(folder)).filter((name) => isExternalWeights(name, basename(modelPath)));
  return names.sort().map((name) => join(folder, name));
}

/** Whether `name` is a file of external weights of the ONNX file `model`; both without folders. */
export function isExternalWeights(name: string, model: string): boolean {
  return /^(_data|\.data)(_\d+)?$/.test(name.slice(model.length)) && name.startsWith(model);
}

function bytesOf(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 20 });
}
