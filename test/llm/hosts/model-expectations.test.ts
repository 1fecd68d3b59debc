import { knownModel } from '#dist/llm/hosts/model-expectations.js';
import { expect, test } from 'vitest';

test('a model is known by its repository, by a folder of that name, and quantised', () => {
  const cases = [
    ['llava-hf/llava-1.5-7b-hf', 4096, 'raster'],
    ['llava-hf/llava-1.5-13b-hf', 5120, 'raster'],
    ['mucai/llava-v1.5-7b-m3', 4096, 'raster'],
    ['llava-hf/llava-v1.6-mistral-7b-hf', 4096, 'raster'],
    ['llava-hf/llava-v1.6-vicuna-13b-hf', 5120, 'raster'],
    ['/models/llava-interleave-qwen-0.5b-hf', 1024, 'raster'],
    ['llava-hf/llava-interleave-qwen-7b-hf', 4096, 'raster'],
    ['Qwen/Qwen2-VL-2B-Instruct', 1536, 'grid'],
    ['Qwen/Qwen2-VL-7B-Instruct-AWQ', 3584, 'grid'],
    ['Qwen/Qwen2.5-VL-3B-Instruct', 2048, 'grid'],
    ['qwen2.5-vl-7b', 3584, 'grid'],
    ['Qwen/Qwen2.5-VL-32B-Instruct', 5120, 'grid'],
    ['Qwen/Qwen2.5-VL-72B-Instruct-GPTQ-Int4', 8192, 'grid'],
  ] as const;
  for (const [name, channels, shape] of cases) expect(knownModel(name)).toEqual({ expects: { channels, shape } });
});

test('a model that is only like one of them is not known, and Qwen3-VL is known to be refused', () => {
  for (const name of [
    'some/model',
    'Qwen/Qwen2.5-7B-Instruct',
    'llava-hf/llava-onevision-qwen2-0.5b-ov-hf',
    'llava',
    '',
  ]) {
    expect(knownModel(name)).toBeUndefined();
  }
  expect(knownModel('Qwen/Qwen3-VL-8B-Instruct')?.refused).toMatch(/deepstack/);
});
