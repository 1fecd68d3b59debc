import { basename, dirname } from 'node:path/posix';
import { isExternalWeights } from './encoder-digest.ts';

/** File names of a vision encoder in the order in which a choice is made, without folder and ending. */
const stems = ['vision_model', 'vision_encoder', 'model', 'backbone'];

/** What quantised variants have in their names. */
const variant = /_(fp16|int8|uint8|quantized|q4|q4f16|q8|bnb4|o[1-4])$/i;

/**
 * Chooses the ONNX file of a vision encoder among the files of a folder or a repository.
 * @param paths with `/` between folders
 * @returns vision_model before model before others; full precision before quantised; undefined where there is none
 */
export function chooseOnnxFile(paths: readonly string[]): string | undefined {
  const rank = (path: string): number => {
    const stem = basename(path, '.onnx');
    const plain = stem.replace(variant, '');
    const place = stems.indexOf(plain);
    return (place < 0 ? stems.length : place) * 2 + (plain === stem ? 0 : 1);
  };
  const candidates = paths.filter((path) => path.endsWith('.onnx'));
  return candidates.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))[0];
}

/** The external weights that belong to `model`, among `paths`. */
export function weightsBeside(model: string, paths: readonly string[]): string[] {
  return paths.filter((path) => dirname(path) === dirname(model) && isExternalWeights(basename(path), basename(model)));
}
