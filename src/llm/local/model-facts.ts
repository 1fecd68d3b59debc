import { z } from 'zod';
import { modelInvalid } from './model-invalid.ts';

const id = z.number().int().min(0);
const ids = z.union([id.transform((one) => [one]), z.array(id).min(1)]);

/** Of `config.json`, and of the `text_config` in it: only what is needed; the rest is let through. */
const textSchema = z.object({
  model_type: z.string().optional(),
  max_position_embeddings: z.number().int().positive().optional(),
  hidden_size: z.number().int().positive().optional(),
  eos_token_id: ids.nullish(),
  rope_scaling: z.looseObject({ mrope_section: z.unknown() }).partial().nullish(),
});
const configSchema = textSchema.extend({
  image_token_index: id.optional(),
  image_token_id: id.optional(),
  text_config: textSchema.optional(),
});
const generationSchema = z.object({
  eos_token_id: ids.nullish(),
  top_k: z.number().int().min(0).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
});

/** What a model's descriptions say, as far as asking it needs it. */
export interface ModelFacts {
  /** Positions that it was made for; undefined where the files do not say. */
  readonly contextTokens: number | undefined;
  /** Channels of a token's embedding, where the files say. */
  readonly channels: number | undefined;
  /** The token that stands for an image in text. */
  readonly imageToken: number;
  /** Tokens that end an answer; empty where the files do not say. */
  readonly ends: readonly number[];
  /** For answers that are drawn: see `Sampling`. */
  readonly topK: number;
  readonly topP: number;
}

/**
 * Reads `config.json` and `generation_config.json`.
 * @param generation undefined where there is no such file
 * @param where folder, for errors
 * @throws FramenestError MODEL_INVALID naming the file and the key; for models that do not see, and for those whose visual
 * tokens have rows and columns as positions
 */
export function modelFacts(config: unknown, generation: unknown, where: string): ModelFacts {
  const model = checked(configSchema, config, `${where}/config.json`);
  const asked = checked(generationSchema, generation ?? {}, `${where}/generation_config.json`);
  // What the text model says counts; a model without that part says it itself.
  const text = { ...model, ...model.text_config };
  refuseGrids([model, text], where);
  return {
    contextTokens: text.max_position_embeddings,
    channels: text.hidden_size,
    imageToken: imageTokenOf(model, where),
    ends: asked.eos_token_id ?? text.eos_token_id ?? [],
    topK: asked.top_k ?? 0,
    topP: asked.top_p ?? 1,
  };
}

function imageTokenOf(model: z.infer<typeof configSchema>, where: string): number {
  const token = model.image_token_index ?? model.image_token_id;
  if (token !== undefined) return token;
  throw modelInvalid(
    `${where}/config.json has neither image_token_index nor image_token_id: the model does not see.`,
    'Take a vision-language model, such as llava-hf/llava-interleave-qwen-0.5b-hf.',
  );
}

/** Families whose visual tokens have time, row and column as positions (M-RoPE; Qwen2-VL, arXiv 2409.12191, section 2.1). */
const gridFamily = /^(qwen2(_5)?_vl|qwen3_vl|qwen3_5|qwen2_5_omni|qwen3_omni|glm4v|glm_ocr)/;

function refuseGrids(texts: readonly z.infer<typeof textSchema>[], where: string): void {
  const grid = texts.find(
    ({ model_type = '', rope_scaling }) => gridFamily.test(model_type) || rope_scaling?.mrope_section !== undefined,
  );
  if (!grid) return;
  throw modelInvalid(
    `${where}/config.json is of "${grid.model_type ?? ''}", whose visual tokens have rows and columns as positions (M-RoPE).`,
    'Take a model whose tokens have one position each, such as LLaVA; serve this one with vLLM.',
  );
}

function checked<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue?.path.join('.') ?? '';
  throw modelInvalid(
    `${path} has no usable ${key === '' ? 'content' : `"${key}"`}: ${issue?.message ?? 'unknown'}.`,
    'Fetch the file again from where the model comes from.',
    result.error,
  );
}
