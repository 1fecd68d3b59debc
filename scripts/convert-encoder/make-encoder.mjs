import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { convertBackbone } from './convert.mjs';
import { digest } from './encoder-card.mjs';
import { findPack, readPackedModel } from './packed-model.mjs';
import { readTflite } from './read-tflite.mjs';
import { writeOnnx } from './write-onnx.mjs';

/**
 * Converts the network in `pack` and puts it at `outFile`, whole or not at all.
 * @param {{outFile: string, sha256: string, pack?: string}} job `sha256`: the digest that the result must have
 * @returns {{bytes: number}} size of the file
 */
export function makeEncoder({ outFile, sha256, pack = findPack() }) {
  const model = convertPack(pack);
  const found = digest(model);
  if (found !== sha256) {
    throw new Error(
      `The converted encoder has the SHA-256 ${found}, its card expects ${sha256 ?? 'none'}. If you did not change the converter, ` +
        'run `npm ci` to restore its packages; if you did, put the new digest into the card.',
    );
  }
  const partial = `${outFile}.${process.pid}.tmp`;
  mkdirSync(dirname(outFile), { recursive: true });
  try {
    writeFileSync(partial, model);
    renameSync(partial, outFile);
  } finally {
    rmSync(partial, { force: true });
  }
  return { bytes: model.length };
}

/** The ONNX file's bytes for the network in `pack`. */
export function convertPack(pack) {
  try {
    return writeOnnx(convertBackbone(readTflite(readPackedModel(pack))));
  } catch (cause) {
    throw new Error(`Cannot convert ${pack}: ${cause.message} Run \`npm ci\` to restore it.`, { cause });
  }
}
