import { z } from 'zod';

/** `config.json` of a transformers model: only what a card needs; the rest is let through. */
export const modelConfigSchema = z.object({
  model_type: z.string().optional(),
  hidden_size: z.number().int().positive().optional(),
  image_size: z.number().int().positive().optional(),
  patch_size: z.number().int().positive().optional(),
  num_register_tokens: z.number().int().min(0).optional(),
  vision_config: z.record(z.string(), z.unknown()).optional(),
  text_config: z
    .object({ max_position_embeddings: z.number().int().positive().optional() })
    .optional()
    .catch(undefined),
});

const sizeSchema = z.union([
  z.number().int().positive(),
  z.object({ height: z.number().int().positive(), width: z.number().int().positive() }),
  z.object({ shortest_edge: z.number().int().positive() }),
]);

const three = z.tuple([z.number(), z.number(), z.number()]);

/** `preprocessor_config.json` of a transformers image processor: only what a card needs. */
export const preprocessorSchema = z.object({
  do_center_crop: z.boolean().optional(),
  resample: z.number().optional(),
  do_normalize: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  rescale_factor: z.number().positive().optional(),
  image_mean: three.optional(),
  image_std: three.optional(),
  size: sizeSchema.optional(),
  crop_size: sizeSchema.optional(),
});

/** A checked `config.json`. */
export type ModelConfig = z.infer<typeof modelConfigSchema>;

/** A checked `preprocessor_config.json`. */
export type Preprocessor = z.infer<typeof preprocessorSchema>;

/** What transformers takes for granted of a family where its `config.json` is silent. */
export interface VisionFamily {
  /** Tokens before the patches, without registers. */
  readonly prefixTokens: number;
  readonly hiddenSize: number;
  /** Pixels. */
  readonly imageSize: number;
  /** Pixels. */
  readonly patchSize: number;
}

const family = (prefixTokens: number, patchSize: number, imageSize = 224): VisionFamily => ({
  prefixTokens,
  patchSize,
  imageSize,
  hiddenSize: 768,
});

/** Vision towers whose `last_hidden_state` is known: their class token, and the defaults of their configuration. */
const families: Readonly<Record<string, VisionFamily>> = {
  clip: family(1, 32),
  clip_vision_model: family(1, 32),
  siglip: family(0, 16),
  siglip_vision_model: family(0, 16),
  dinov2: family(1, 14),
  dinov2_with_registers: family(1, 14),
  dinov3_vit: family(1, 16),
  ijepa: family(0, 16),
  vit: family(1, 16),
  deit: family(2, 16),
};

/** Names of the families of {@link familyOf}, for errors. */
export const familyNames: readonly string[] = Object.keys(families);

/** The family of a `model_type`; undefined for an unknown one. */
export function familyOf(modelType: string | undefined): VisionFamily | undefined {
  return modelType === undefined ? undefined : families[modelType];
}

/** Registers between class token and patches; the one family that has them by default has four. */
export function registerTokens(config: ModelConfig): number {
  return config.num_register_tokens ?? (config.model_type === 'dinov2_with_registers' ? 4 : 0);
}
