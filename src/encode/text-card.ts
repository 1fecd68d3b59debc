import { dirname, join } from 'node:path/posix';
import { z } from 'zod';

/** Where the map from patches to the text's space is found, and whether a layer norm comes before it. */
export interface ProjectionCard {
  /**
   * Relative to the card. `.safetensors`: holds the map by name. `.onnx`: the vision tower, whose graph ends in it.
   */
  readonly file: string;
  /** Of a `.safetensors` file: name of the map, `[size, channels]`. Default `visual_projection.weight`. */
  readonly weight: string;
  /** Of an `.onnx` file: name of the output that the map makes. Default `image_embeds`. */
  readonly output: string;
  /** Names in the `.safetensors` file of the norm's weight and bias, `[channels]` each; epsilon 1e-5 by default. */
  readonly norm?: { readonly weight: string; readonly bias: string; readonly epsilon: number } | undefined;
}

/** The text tower that belongs to a vision tower, as in CLIP; part of a card. */
export interface TextCard {
  /** The ONNX file, relative to the card. */
  readonly file: string;
  /** `tokenizer.json`, relative to the card; a `tokenizer_config.json` beside it is read too. */
  readonly tokenizer: string;
  /** Input of token ids, `[1, length]`. Default `input_ids`. An input `attention_mask` is filled too where there is one. */
  readonly inputName: string;
  /**
   * Default `text_embeds`. `[1, size]`: a text's embedding; or `[1, length, size]`: one a token, of which that of the text's
   * last token counts, where CLIP pools.
   */
  readonly outputName: string;
  /** Most tokens of a text, with those that begin and end it; a longer one loses the rest of its words. Default 77. */
  readonly contextLength: number;
  readonly projection: ProjectionCard;
}

/** A path that does not leave the card's folder. */
export function pathBelowCard(endings: string): z.ZodString {
  const pattern = new RegExp(`^(?!/)(?!.*(^|/)\\.\\.(/|$))[^\\\\]+\\.(${endings})$`);
  return z
    .string()
    .max(512)
    .regex(pattern, `expected a relative path to an .${endings.replaceAll('|', ' or .')} file below the card`);
}

const name = z.string().min(1);

/** The part `text` of a card's file. */
export const textCardSchema = z.strictObject({
  file: pathBelowCard('onnx'),
  tokenizer: pathBelowCard('json'),
  inputName: name.default('input_ids'),
  outputName: name.default('text_embeds'),
  contextLength: z.number().int().min(2).max(4096).default(77),
  projection: z.strictObject({
    file: pathBelowCard('safetensors|onnx'),
    weight: name.default('visual_projection.weight'),
    output: name.default('image_embeds'),
    norm: z.strictObject({ weight: name, bias: name, epsilon: z.number().positive().default(1e-5) }).optional(),
  }),
});

/** Where the words of a published text tower are, and how they are cut. */
export const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json'] as const;

/** The text tower beside a published vision tower; both relative to their repository. */
export function textModelBeside(vision: string): string {
  return join(dirname(vision), 'text_model.onnx');
}

/** What a text tower is derived from. */
export interface TextFolder {
  /** Every file of the folder and of the folders in it, with `/`. */
  readonly files: readonly string[];
  /** The vision tower, relative to the folder. */
  readonly file: string;
  /** Names of the vision tower's outputs. */
  readonly outputs: readonly string[];
  /** `max_position_embeddings` of `text_config`. */
  readonly contextLength?: number | undefined;
}

/**
 * The text tower of a CLIP published in the form of transformers.js: `text_model.onnx` beside the vision tower, a
 * `tokenizer.json` in the folder, and a vision tower that ends in `image_embeds`; undefined where any of it is missing.
 */
export function deriveTextCard({ files, file, outputs, contextLength }: TextFolder): TextCard | undefined {
  const text = textModelBeside(file);
  const [tokenizer] = tokenizerFiles;
  const output = 'image_embeds';
  const whole = files.includes(text) && files.includes(tokenizer);
  if (!whole || !outputs.includes(output)) return undefined;
  return textCardSchema.parse({
    file: text,
    tokenizer,
    ...(contextLength !== undefined && { contextLength }),
    projection: { file, output },
  });
}
