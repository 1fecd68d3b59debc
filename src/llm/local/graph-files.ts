import { modelInvalid } from './model-invalid.ts';

/** Number formats in which a graph may lie in a folder, as the ends of file names; '' is the full one. */
export const variants = ['', 'fp16', 'q4', 'q4f16', 'quantized', 'int8', 'uint8', 'bnb4'] as const;

/** One of {@link variants}. */
export type Variant = (typeof variants)[number];

/** The two graphs of a model, relative to its folder. */
export interface GraphFiles {
  readonly embed: string;
  readonly decoder: string;
}

/** Which is taken where nobody says: what a CPU is quick and exact with comes first. Half-precision makes it slow. */
const usual: readonly Variant[] = ['', 'q4', 'quantized', 'int8', 'uint8', 'bnb4', 'fp16', 'q4f16'];

/** The table of embeddings is only looked up in: half-precision costs nothing there and saves the most. */
const usualTable: readonly Variant[] = ['fp16', '', 'quantized', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'];

/**
 * Chooses the graphs among the files of a folder or a repository.
 * @param paths with `/` between folders
 * @param wanted the variant of both; of the embeddings another one is taken where that one is missing
 * @param where folder or repository, for errors
 * @throws FramenestError MODEL_INVALID naming the file that is missing
 */
export function chooseGraphs(paths: readonly string[], wanted: Variant | undefined, where: string): GraphFiles {
  const there = new Set(paths);
  const find = (stem: string, order: readonly Variant[]): string | undefined =>
    order.map((variant) => graphPath(stem, variant)).find((path) => there.has(path));
  const decoder = find('decoder_model_merged', wanted === undefined ? usual : [wanted]);
  if (decoder === undefined) throw missing(where, graphPath('decoder_model_merged', wanted ?? ''), paths);
  const own = variants.find((variant) => decoder === graphPath('decoder_model_merged', variant)) ?? '';
  const embed = find('embed_tokens', [own, ...usualTable]);
  if (embed === undefined) throw missing(where, graphPath('embed_tokens', ''), paths);
  return { embed, decoder };
}

function graphPath(stem: string, variant: Variant): string {
  return `onnx/${stem}${variant === '' ? '' : `_${variant}`}.onnx`;
}

function missing(where: string, path: string, paths: readonly string[]): Error {
  const others = paths.filter((other) => other.endsWith('.onnx'));
  const beside = others.length === 0 ? 'no .onnx file' : `only ${others.slice(0, 12).join(', ')}`;
  return modelInvalid(
    `${where} has no ${path}; it has ${beside}.`,
    'Give a model in the split of transformers.js (docs/llm.md lists its files), or name a variant that is there.',
  );
}
