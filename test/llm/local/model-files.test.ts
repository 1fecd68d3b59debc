import { describe, expect, it } from 'vitest';
import { chooseGraphs } from '#dist/llm/local/graph-files.js';
import { decoderShape } from '#dist/llm/local/decoder-shape.js';
import { modelFacts } from '#dist/llm/local/model-facts.js';
import type { TensorSignature } from '#dist/encode/model-signature.js';
import { thrownBy } from '../../support/error-code.ts';

describe('chooseGraphs', () => {
  const all = ['decoder_model_merged', 'decoder_model_merged_q4', 'decoder_model_merged_fp16', 'embed_tokens_fp16'];
  const paths = [...all, 'embed_tokens', 'vision_encoder'].map((name) => `onnx/${name}.onnx`);

  it('takes the exact graph where nobody says, and the one that is asked for', () => {
    expect(chooseGraphs(paths, undefined, 'm').decoder).toBe('onnx/decoder_model_merged.onnx');
    expect(chooseGraphs(paths, 'q4', 'm')).toEqual({
      embed: 'onnx/embed_tokens_fp16.onnx',
      decoder: 'onnx/decoder_model_merged_q4.onnx',
    });
    expect(chooseGraphs(paths, 'fp16', 'm').embed).toBe('onnx/embed_tokens_fp16.onnx');
  });

  it('takes a quantised one that is the only one', () => {
    const only = ['onnx/decoder_model_merged_q4f16.onnx', 'onnx/embed_tokens_quantized.onnx'];
    expect(chooseGraphs(only, undefined, 'm')).toEqual({ decoder: only[0], embed: only[1] });
  });

  it('names the graph that is missing, and what is there', () => {
    const error = thrownBy(() => chooseGraphs(paths, 'int8', '/models/m'));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.what).toContain(
      '/models/m has no onnx/decoder_model_merged_int8.onnx; it has only onnx/decoder_model',
    );
    expect(thrownBy(() => chooseGraphs(['onnx/model.onnx'], undefined, 'm')).what).toContain('only onnx/model.onnx');
    expect(thrownBy(() => chooseGraphs([paths[0] ?? ''], undefined, 'm')).what).toContain('onnx/embed_tokens.onnx');
    expect(thrownBy(() => chooseGraphs([], undefined, 'm')).what).toContain('no .onnx file');
  });
});

describe('modelFacts', () => {
  const text = { model_type: 'qwen2', max_position_embeddings: 32_768, hidden_size: 1024, eos_token_id: 151_645 };
  const config = { model_type: 'llava', image_token_index: 151_646, text_config: text };

  it('reads the descriptions of LLaVA with a Qwen2 inside', () => {
    expect(modelFacts(config, undefined, 'm')).toEqual({
      contextTokens: 32_768,
      channels: 1024,
      imageToken: 151_646,
      ends: [151_645],
      topK: 0,
      topP: 1,
    });
  });

  it('lets generation_config.json say what ends an answer and how tokens are drawn', () => {
    const facts = modelFacts(config, { eos_token_id: [1, 2], top_k: 20, top_p: 0.8, do_sample: true }, 'm');
    expect(facts).toMatchObject({ ends: [1, 2], topK: 20, topP: 0.8 });
  });

  it('takes what a model says itself where it has no text_config', () => {
    const flat = { model_type: 'x', image_token_id: 7, max_position_embeddings: 100, eos_token_id: null };
    expect(modelFacts(flat, {}, 'm')).toMatchObject({
      imageToken: 7,
      contextTokens: 100,
      ends: [],
      channels: undefined,
    });
  });

  it.each([
    ['of Qwen2-VL', { ...config, model_type: 'qwen2_vl' }],
    ['of Qwen3-VL', { ...config, model_type: 'qwen3_vl_moe' }],
    [
      'with sections of positions',
      { ...config, text_config: { ...text, rope_scaling: { mrope_section: [16, 24, 24] } } },
    ],
  ])('refuses a model %s: its visual tokens have rows and columns', (_, grid) => {
    const error = thrownBy(() => modelFacts(grid, undefined, '/models/m'));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.what).toContain('M-RoPE');
  });

  it.each([
    ['a model that does not see', { model_type: 'qwen2', max_position_embeddings: 10 }, {}, 'image_token_index'],
    [
      'a context that is no number',
      { ...config, text_config: { max_position_embeddings: 'long' } },
      {},
      'text_config.max_position_embeddings',
    ],
    [
      'a generation_config.json that is odd',
      config,
      { eos_token_id: 'end' },
      'generation_config.json has no usable "eos_token_id"',
    ],
    ['a config.json that is a list', [], {}, 'config.json has no usable content'],
  ])('refuses %s, by name', (_, odd, generation, words) => {
    const error = thrownBy(() => modelFacts(odd, generation, '/models/m'));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.what).toContain(words);
  });
});

describe('decoderShape', () => {
  const tensor = (name: string, dtype: string, dims: TensorSignature['dims']): TensorSignature => ({
    name,
    dtype,
    dims,
  });
  const cache = (prefix: string, dtype = 'float16'): TensorSignature[] =>
    [0, 1].flatMap((layer) =>
      ['key', 'value'].map((part) => tensor(`${prefix}.${layer}.${part}`, dtype, ['batch', 16, 'past', 64])),
    );
  const embed = {
    inputs: [tensor('input_ids', 'int64', ['batch', 'length'])],
    outputs: [tensor('inputs_embeds', 'float32', ['batch', 'length', 1024])],
  };
  const inputs = [
    tensor('inputs_embeds', 'float32', ['batch', 'length', 1024]),
    tensor('attention_mask', 'int64', ['batch', 'total']),
    ...cache('past_key_values'),
  ];
  const outputs = [tensor('logits', 'float32', ['batch', 'length', 152_000]), ...cache('present')];

  it('reads a half-precision cache, and that positions are not asked for', () => {
    expect(decoderShape(embed, { inputs, outputs })).toEqual({
      channels: 1024,
      vocabulary: 152_000,
      layers: 2,
      heads: 16,
      headSize: 64,
      cacheType: 'float16',
      inputType: 'float32',
      takesPositions: false,
    });
  });

  const positions = tensor('position_ids', 'int64', [3, 'batch', 'length']);
  const wide = tensor('inputs_embeds', 'float32', ['batch', 'length', 896]);
  it.each([
    ['positions of three dimensions', { inputs: [...inputs, positions], outputs }, 'M-RoPE'],
    [
      'an input that nobody knows',
      { inputs: [...inputs, tensor('use_cache_branch', 'bool', [1])], outputs },
      'use_cache_branch',
    ],
    ['no cache', { inputs: inputs.slice(0, 2), outputs }, 'no past_key_values'],
    ['a cache that it does not give back', { inputs, outputs: outputs.slice(0, 4) }, 'present.1.value'],
    ['half a layer', { inputs: inputs.slice(0, -1), outputs }, 'past_key_values.1.value'],
    ['embeddings of another size', { inputs: [wide, ...inputs.slice(1)], outputs }, 'do not fit'],
    ['no logits', { inputs, outputs: outputs.slice(1) }, '"logits"'],
    [
      'ids in place of embeddings',
      { inputs: [tensor('input_ids', 'int64', []), ...inputs.slice(1)], outputs },
      '"inputs_embeds"',
    ],
  ])('refuses a decoder with %s, by name', (_, decoder, words) => {
    const error = thrownBy(() => decoderShape(embed, decoder));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.what).toContain(words);
  });
});
