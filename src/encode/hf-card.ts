import type { z } from 'zod';
import { FramenestError } from '../errors.ts';
import type { ResizeMode } from '../media/vision-encoder.ts';
import { familyNames, familyOf, modelConfigSchema, preprocessorSchema, registerTokens } from './hf-config.ts';
import type { ModelConfig, Preprocessor, VisionFamily } from './hf-config.ts';
import { parseModelCard } from './model-card.ts';
import type { ModelCard, Rgb } from './model-card.ts';
import { deriveTextCard } from './text-card.ts';
import type { TextCard } from './text-card.ts';
import { describeTensor } from './model-signature.ts';
import type { ModelSignature, TensorSignature } from './model-signature.ts';

/** What a card is derived from: the files of a folder in the form in which transformers models are published. */
export interface HfFolder {
  /** The folder, for errors. */
  readonly where: string;
  readonly name: string;
  /** The ONNX file, relative to the folder, with `/`. */
  readonly file: string;
  /** Parsed `config.json`. */
  readonly config: unknown;
  /** Parsed `preprocessor_config.json`. */
  readonly preprocessor: unknown;
  readonly signature: ModelSignature;
  /**
   * Pixels of another input side than the preprocessor's; taken where the model leaves height and width free, else
   * the preprocessor's is used.
   */
  readonly preferredSide?: number | undefined;
  /** The value with a vector a patch, where it is an inner one; else an output of the model is chosen. */
  readonly outputName?: string | undefined;
  /** How frames become the square, where it is not as the preprocessor does. */
  readonly resize?: ResizeMode | undefined;
  /** Every file of the folder, with `/`: a text tower may be among them. Default: not looked for. */
  readonly files?: readonly string[] | undefined;
}

/**
 * Derives a card: side, mean and deviation from the preprocessor, patch size and width from the configuration, names
 * and number format from the model. A centre crop becomes `crop`, any other resize `stretch`. A CLIP with its text tower
 * beside it gets that too.
 * @throws FramenestError ENCODER_CARD_INVALID where the family is unknown or a file lacks what is needed,
 * ENCODER_MISMATCH where the model has no output with a vector a patch
 */
export function deriveHfCard(folder: HfFolder): ModelCard {
  const { where } = folder;
  const whole = read(modelConfigSchema, folder.config, `${where}/config.json`);
  const config = visionPart(whole, where);
  const preprocessor = read(preprocessorSchema, folder.preprocessor, `${where}/preprocessor_config.json`);
  const family = familyOf(config.model_type);
  if (!family) {
    const known = familyNames.join(', ');
    throw invalid(`${where}/config.json`, `model_type is ${String(config.model_type)}; known are ${known}`);
  }
  const input = imageInput(folder.signature, where);
  const outputName = folder.outputName ?? hiddenStates(folder.signature, where).name;
  const side = sideOf(folder, input, preprocessor, config, family);
  const patch = config.patch_size ?? family.patchSize;
  const fields = {
    name: folder.name,
    file: folder.file,
    inputName: input.name,
    inputShape: [input.dims[0] === 1 ? 1 : 'batch', 3, side, side],
    dtype: input.dtype,
    ...colours(preprocessor, `${where}/preprocessor_config.json`),
    // PIL's numbers: 2 is bilinear, 3 bicubic.
    resample: preprocessor.resample === 2 ? 'bilinear' : 'bicubic',
    resize: folder.resize ?? (preprocessor.do_center_crop ? 'crop' : 'stretch'),
    outputName,
    outputLayout: 'tokens',
    prefixTokens: family.prefixTokens + registerTokens(config),
    gridSide: Math.floor(side / patch),
    channels: config.hidden_size ?? family.hiddenSize,
    text: textPart(folder, whole),
  };
  return parseModelCard(fields, `derived from ${where}`);
}

function visionPart(config: ModelConfig, where: string): ModelConfig {
  if (!config.vision_config) return config;
  const vision = read(modelConfigSchema, config.vision_config, `${where}/config.json: vision_config`);
  // The nested part of a two-tower model says clip_vision_model, or nothing.
  return { ...vision, model_type: vision.model_type ?? config.model_type };
}

function textPart(
  { files, file, signature }: HfFolder,
  { model_type, text_config }: ModelConfig,
): TextCard | undefined {
  if (model_type !== 'clip' || !files) return undefined;
  const outputs = signature.outputs.map(({ name }) => name);
  return deriveTextCard({ files, file, outputs, contextLength: text_config?.max_position_embeddings });
}

function sideOf(
  { preferredSide }: HfFolder,
  input: TensorSignature,
  preprocessor: Preprocessor,
  config: ModelConfig,
  family: VisionFamily,
): number {
  const [, , height] = input.dims;
  if (typeof height === 'number') return height;
  if (preferredSide !== undefined) return preferredSide;
  const size = preprocessor.do_center_crop ? (preprocessor.crop_size ?? preprocessor.size) : preprocessor.size;
  return pixels(size) ?? config.image_size ?? family.imageSize;
}

function pixels(size: Preprocessor['size']): number | undefined {
  if (size === undefined || typeof size === 'number') return size;
  return 'height' in size ? size.height : size.shortest_edge;
}

function colours(preprocessor: Preprocessor, where: string): { rescale: number; mean: Rgb; std: Rgb } {
  const rescale = preprocessor.do_rescale === false ? 1 : (preprocessor.rescale_factor ?? 1 / 255);
  if (preprocessor.do_normalize === false) return { rescale, mean: [0, 0, 0], std: [1, 1, 1] };
  const { image_mean: mean, image_std: std } = preprocessor;
  if (!mean || !std) throw invalid(where, 'image_mean or image_std is missing');
  return { rescale, mean, std };
}

function imageInput({ inputs }: ModelSignature, where: string): TensorSignature {
  const image = inputs.find((tensor) => tensor.name === 'pixel_values') ?? inputs.find(({ dims }) => dims.length === 4);
  if (image) return image;
  throw noImageModel(where, `no image input among ${inputs.map(describeTensor).join(', ')}`);
}

function hiddenStates({ outputs }: ModelSignature, where: string): TensorSignature {
  const hidden = outputs.find((tensor) => tensor.name === 'last_hidden_state');
  if (hidden) return hidden;
  const threeAxes = outputs.filter(({ dims }) => dims.length === 3);
  if (threeAxes.length === 1 && threeAxes[0]) return threeAxes[0];
  throw noImageModel(where, `no output with a vector a patch among ${outputs.map(describeTensor).join(', ')}`);
}

function noImageModel(where: string, what: string): FramenestError {
  return new FramenestError('ENCODER_MISMATCH', {
    what: `The ONNX model of ${where} has ${what}.`,
    mend: 'Export the vision tower alone with the output last_hidden_state; docs/encoders.md shows how.',
  });
}

function read<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(where, `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'is no object'}`);
}

function invalid(where: string, what: string): FramenestError {
  return new FramenestError('ENCODER_CARD_INVALID', {
    what: `No encoder card can be derived from ${where}: ${what}.`,
    mend: 'Write a framenest.json beside the ONNX file; docs/encoders.md describes its fields.',
  });
}
