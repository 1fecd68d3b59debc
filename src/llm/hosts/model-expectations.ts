import type { TokenExpectation } from '../host.ts';

/** What is known of a model by its name: what it expects, or why it cannot be given tokens. */
export type KnownModel =
  | { readonly expects: TokenExpectation; readonly refused?: never }
  | { readonly refused: string; readonly expects?: never };

const raster = (channels: number): KnownModel => ({ expects: { channels, shape: 'raster' } });
const grid = (channels: number): KnownModel => ({ expects: { channels, shape: 'grid' } });

/**
 * Channels are `hidden_size` of the language model in each repository's config.json (`text_config` where there is one).
 * The first that matches counts.
 */
const known: readonly (readonly [RegExp, KnownModel])[] = [
  // llava-hf/llava-1.5-7b-hf, mucai/llava-v1.5-7b-m3: Vicuna 7B. llava-hf/llava-v1.6-*: Vicuna 7B, 13B, Mistral 7B.
  [/llava-(?:v?1\.[56])-(?:vicuna-|mistral-)?7b/, raster(4096)],
  [/llava-(?:v?1\.[56])-(?:vicuna-)?13b/, raster(5120)],
  // llava-hf/llava-interleave-qwen-*: Qwen1.5, not Qwen2 (whose 0.5B has 896 channels).
  [/llava-(?:next-)?interleave-qwen-0\.5b/, raster(1024)],
  [/llava-(?:next-)?interleave-qwen-7b/, raster(4096)],
  // Qwen/Qwen2-VL-*-Instruct: after the merger of 2×2 patches.
  [/qwen2-vl-2b/, grid(1536)],
  [/qwen2-vl-7b/, grid(3584)],
  [/qwen2-vl-72b/, grid(8192)],
  // Qwen/Qwen2.5-VL-*-Instruct: `out_hidden_size` of the vision part is the same.
  [/qwen2\.5-vl-3b/, grid(2048)],
  [/qwen2\.5-vl-7b/, grid(3584)],
  [/qwen2\.5-vl-32b/, grid(5120)],
  [/qwen2\.5-vl-72b/, grid(8192)],
  [
    /qwen3-vl/,
    {
      refused: 'its embeddings carry features of inner layers of its vision tower (deepstack) beside those of the last',
    },
  ],
];

/**
 * Looks a model up by its name at a host: `llava-hf/llava-1.5-7b-hf`, a folder of that name, a quantised version.
 * @returns undefined where it is not in the table
 */
export function knownModel(name: string): KnownModel | undefined {
  const lower = name.toLowerCase();
  return known.find(([pattern]) => pattern.test(lower))?.[1];
}
