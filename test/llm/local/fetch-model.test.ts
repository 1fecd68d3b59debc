import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchModel } from '#dist/llm/local/fetch-model.js';
import { localHub } from '../../support/local-hub.ts';
import { rejection } from '../../support/rejection.ts';
import { temporaryFolder } from '../../support/tiny-onnx.ts';

const id = 'llava-hf/llava-interleave-qwen-0.5b-hf';
const described = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.json',
];
const graphs = [
  'decoder_model_merged.onnx',
  'decoder_model_merged.onnx_data',
  'decoder_model_merged_q4.onnx',
  'embed_tokens.onnx',
  'embed_tokens_fp16.onnx',
  'vision_encoder_q4.onnx',
];
const content = Object.fromEntries(
  [...described, 'model.safetensors', 'README.md', ...graphs.map((name) => `onnx/${name}`)].map((path) => [
    path,
    Buffer.from(path),
  ]),
);

describe('fetchModel', () => {
  it('fetches the descriptions and the two graphs of a name, once', async () => {
    const hub = await localHub(id, 'main', content);
    const options = { endpoint: hub.endpoint, cacheDir: await temporaryFolder({}) };
    const folder = await fetchModel(id, options);
    expect(folder).toBe(join(options.cacheDir, 'models-q4', 'llava-hf--llava-interleave-qwen-0.5b-hf@main'));
    expect(filesOf(folder)).toEqual(
      [...described, 'download.json', 'onnx/decoder_model_merged_q4.onnx', 'onnx/embed_tokens_fp16.onnx'].sort(),
    );
    await hub.close();
    expect(await fetchModel(`hf:${id}`, options)).toBe(folder);
  });

  it('fetches another variant beside it, with its external weights', async () => {
    const { endpoint } = await localHub(id, 'main', content);
    const folder = await fetchModel(`hf:${id}`, { endpoint, cacheDir: await temporaryFolder({}), variant: '' });
    const names = ['decoder_model_merged.onnx', 'decoder_model_merged.onnx_data', 'embed_tokens.onnx'];
    expect(filesOf(folder).filter((path) => path.startsWith('onnx/'))).toEqual(names.map((name) => `onnx/${name}`));
  });

  it('takes a folder as it is', async () => {
    const folder = await temporaryFolder({});
    expect(await fetchModel(folder, { endpoint: 'http://127.0.0.1:1' })).toBe(folder);
  });

  it('names what a repository lacks, and repositories that do not exist', async () => {
    const { endpoint } = await localHub(id, 'main', {
      'config.json': Buffer.from('{}'),
      'onnx/model.onnx': Buffer.from('m'),
    });
    const options = { endpoint, cacheDir: await temporaryFolder({}) };
    const lacking = await rejection(fetchModel(id, options));
    expect(lacking.code).toBe('MODEL_INVALID');
    expect(lacking.what).toContain('has no onnx/decoder_model_merged_q4.onnx; it has only onnx/model.onnx');
    expect((await rejection(fetchModel('acme/none', options))).code).toBe('MODEL_INVALID');
    expect((await rejection(fetchModel('hf:none', options))).code).toBe('MODEL_INVALID');
  });
});

function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
