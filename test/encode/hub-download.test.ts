import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadEncoder } from '#dist/encode/hub-download.js';
import type { DownloadProgress } from '#dist/encode/hub-options.js';
import { resolveEncoder } from '#dist/encode/resolve-encoder.js';
import { describe, expect, test } from 'vitest';
import { localHub } from '../support/local-hub.ts';
import { temporaryFolder, tinyOnnx } from '../support/tiny-onnx.ts';

const source = 'hf:acme/tiny-vit';
const text = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
const large = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31 + (index >> 8)) % 256);
const repository = {
  'README.md': Buffer.from('not needed'),
  'config.json': text({ model_type: 'vit', patch_size: 4, hidden_size: 5 }),
  'preprocessor_config.json': text({ image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], size: 12 }),
  'onnx/model.onnx': Buffer.from('the fuller model'),
  'onnx/vision_model.onnx': large,
  'onnx/vision_model.onnx_data': Buffer.from('external weights'),
  'onnx/vision_model_quantized.onnx': Buffer.from('small'),
};
const needed = ['config.json', 'onnx/vision_model.onnx', 'onnx/vision_model.onnx_data', 'preprocessor_config.json'];

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('a download', () => {
  test('fetches the descriptions, one model and its external weights, and nothing else', async () => {
    const { endpoint } = await localHub('acme/tiny-vit', 'main', repository);
    const cacheDir = await temporaryFolder({});
    const folder = await downloadEncoder(source, { endpoint, cacheDir });
    for (const path of needed) {
      const bytes = repository[path as keyof typeof repository];
      expect(Buffer.compare(await readFile(join(folder, path)), bytes)).toBe(0);
    }
    expect((await filesBelow(folder)).length).toBe(needed.length + 1);
  });

  test('reports each file from nothing to its full size', async () => {
    const { endpoint } = await localHub('acme/tiny-vit', 'main', repository);
    const seen: DownloadProgress[] = [];
    const onProgress = (progress: DownloadProgress): void => void seen.push(progress);
    await downloadEncoder(source, { endpoint, cacheDir: await temporaryFolder({}), onProgress });
    expect(new Set(seen.map(({ file }) => file))).toEqual(new Set(needed));
    const model = seen.filter(({ file }) => file === 'onnx/vision_model.onnx');
    const received = model.map(({ receivedBytes }) => receivedBytes);
    expect(received[0]).toBe(0);
    expect(received.at(-1)).toBe(large.length);
    expect(received).toEqual([...received].sort((a, b) => a - b));
  });

  test('once complete is used without a network, and fetched again where a file is damaged in size', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', repository);
    const options = { endpoint: hub.endpoint, cacheDir: await temporaryFolder({}) };
    const folder = await downloadEncoder(source, options);
    const asked = hub.requests.length;
    expect(await downloadEncoder(source, options)).toBe(folder);
    expect(hub.requests.length).toBe(asked);
    await writeFile(join(folder, 'onnx/vision_model.onnx'), 'cut');
    await downloadEncoder(source, options);
    expect((await readFile(join(folder, 'onnx/vision_model.onnx'))).length).toBe(large.length);
    await hub.close();
    expect(await downloadEncoder(source, options)).toBe(folder);
  });

  test('of another revision lies in another folder', async () => {
    const { endpoint } = await localHub('acme/tiny-vit', 'v2', repository);
    const cacheDir = await temporaryFolder({});
    const folder = await downloadEncoder(`${source}@v2`, { endpoint, cacheDir });
    expect(folder).toContain('v2');
    await expect(downloadEncoder(source, { endpoint, cacheDir })).rejects.toMatchObject({ code: 'ENCODER_UNKNOWN' });
  });

  test('takes an interrupted transfer up again where it broke', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', { 'onnx/vision_model.onnx': large });
    hub.faults.breakAfter = [100_000, 50_000];
    const folder = await downloadEncoder(source, { endpoint: hub.endpoint, cacheDir: await temporaryFolder({}) });
    expect(Buffer.compare(await readFile(join(folder, 'onnx/vision_model.onnx')), large)).toBe(0);
    const later = hub.requests.filter((request) => /bytes=[1-9]\d+-/.test(request));
    expect(later.length).toBe(2);
  });

  test('gives up on a transfer that never gets further, and leaves nothing behind', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', { 'model.onnx': large });
    hub.faults.breakAfter = Array<number>(10).fill(0);
    const cacheDir = await temporaryFolder({});
    const call = downloadEncoder(source, { endpoint: hub.endpoint, cacheDir });
    await expect(call).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: true });
    expect(await filesBelow(cacheDir)).toEqual([]);
  });

  test('that stands still is DOWNLOAD_FAILED', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', { 'model.onnx': large });
    hub.faults.stall = 'model.onnx';
    const call = downloadEncoder(source, { endpoint: hub.endpoint, cacheDir: await temporaryFolder({}), stallMs: 100 });
    await expect(call).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  });

  test.each(['model.onnx', 'config.json'])('with other bytes than listed in %s is DIGEST_MISMATCH', async (path) => {
    const hub = await localHub('acme/tiny-vit', 'main', { 'model.onnx': large, 'config.json': text({ a: 1 }) });
    hub.faults.falsify = path;
    const cacheDir = await temporaryFolder({});
    const call = downloadEncoder(source, { endpoint: hub.endpoint, cacheDir });
    await expect(call).rejects.toMatchObject({ code: 'DIGEST_MISMATCH', retryable: false });
    expect(await filesBelow(cacheDir)).not.toContain(path);
  });

  test('above the bound is refused before a byte of it is fetched', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', repository);
    const cacheDir = await temporaryFolder({});
    const call = downloadEncoder(source, { endpoint: hub.endpoint, cacheDir, maxDownloadBytes: 1000 });
    await expect(call).rejects.toThrow(/DOWNLOAD_FAILED|bound of 1000/);
    expect(hub.requests.every((request) => request.includes('/tree/'))).toBe(true);
  });

  test('stops at the signal', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', { 'model.onnx': large });
    hub.faults.stall = 'model.onnx';
    const stop = new AbortController();
    const onProgress = ({ receivedBytes }: DownloadProgress): void => {
      if (receivedBytes > 0) stop.abort();
    };
    const options = { endpoint: hub.endpoint, cacheDir: await temporaryFolder({}), onProgress, signal: stop.signal };
    await expect(downloadEncoder(source, options)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('never leaves its folder, whatever the hub lists', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', { '../evil.onnx': large, 'onnx/../../evil.onnx': large });
    const cacheDir = await temporaryFolder({});
    const call = downloadEncoder(source, { endpoint: hub.endpoint, cacheDir });
    await expect(call).rejects.toMatchObject({ code: 'ENCODER_UNKNOWN' });
    expect(await filesBelow(cacheDir)).toEqual([]);
  });
});

describe('the hub', () => {
  const token = 'hf_not-to-be-seen';

  test.each([
    [401, 'DOWNLOAD_FAILED', /HF_TOKEN/],
    [403, 'DOWNLOAD_FAILED', /HF_TOKEN/],
    [404, 'ENCODER_UNKNOWN', /404/],
  ])('that answers %i gives %s with what to do', async (status, code, words) => {
    const hub = await localHub('acme/tiny-vit', 'main', repository);
    hub.faults.status = status;
    const call = downloadEncoder(source, { endpoint: hub.endpoint, cacheDir: await temporaryFolder({}), token });
    await expect(call).rejects.toMatchObject({ code });
    await expect(call).rejects.toThrow(words);
    await expect(call).rejects.toThrow(new URL(hub.endpoint).host);
    await expect(call).rejects.not.toThrow(token);
    expect(hub.requests.length).toBe(1);
  });

  test('that is busy is asked again', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', repository);
    hub.faults.status = 503;
    const call = downloadEncoder(source, { endpoint: hub.endpoint, cacheDir: await temporaryFolder({}) });
    await expect.poll(() => hub.requests.length).toBeGreaterThan(0);
    delete hub.faults.status;
    await expect(call).resolves.toContain('tiny-vit');
  });

  test('gets the token with every request', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', repository);
    hub.faults.token = token;
    const options = { endpoint: hub.endpoint, cacheDir: await temporaryFolder({}) };
    await expect(downloadEncoder(source, options)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    await expect(downloadEncoder(source, { ...options, token })).resolves.toContain('tiny-vit');
  });

  test('that cannot be reached fails at once, naming the host and two ways out', async () => {
    const hub = await localHub('acme/tiny-vit', 'main', repository);
    await hub.close();
    const call = downloadEncoder(source, { endpoint: hub.endpoint, cacheDir: await temporaryFolder({}) });
    await expect(call).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    await expect(call).rejects.toThrow(new RegExp(`${new URL(hub.endpoint).host}.*ECONNREFUSED.*HF_ENDPOINT.*folder`));
  });

  test.each([
    ['an endpoint with a password', { endpoint: 'https://user:secret@example.org' }],
    ['an endpoint that is no URL', { endpoint: 'secret' }],
    ['a token of another form', { token: 'secret' }],
  ])('is not asked with %s, which is not shown', async (_, options) => {
    const call = downloadEncoder(source, { cacheDir: await temporaryFolder({}), ...options });
    await expect(call).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(call).rejects.not.toThrow('secret');
  });

  test.each(['hf:', 'hf:one', 'hf:a/b/c', 'hf:../b', 'hf:a/..', 'hf:a/b@', 'hf:a/b@../c'])(
    'has no %s',
    async (name) => {
      await expect(downloadEncoder(name)).rejects.toMatchObject({ code: 'ENCODER_UNKNOWN' });
    },
  );
});

test('a downloaded encoder is resolved with a card derived from its files', async () => {
  const model = tinyOnnx({
    side: 12,
    patch: 4,
    channels: 5,
    outputLayout: 'tokens',
    prefixTokens: 1,
    names: ['pixel_values', 'last_hidden_state'],
  });
  const { endpoint } = await localHub('acme/tiny-vit', 'main', { ...repository, 'onnx/vision_model.onnx': model });
  const cacheDir = await temporaryFolder({});
  const { card, modelPath, digest } = await resolveEncoder(source, { endpoint, cacheDir });
  expect(card).toMatchObject({ gridSide: 3, channels: 5, prefixTokens: 1, outputName: 'last_hidden_state' });
  expect(
    createHash('sha256')
      .update(await readFile(modelPath))
      .digest('hex'),
  ).toBe(createHash('sha256').update(model).digest('hex'));
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  await rm(modelPath);
});

describe('a CLIP that is known by name', () => {
  const clip = {
    ...repository,
    'config.json': text({
      model_type: 'clip',
      text_config: { max_position_embeddings: 77 },
      vision_config: { patch_size: 4, hidden_size: 5 },
    }),
    'onnx/vision_model.onnx': tinyOnnx({
      ...{ side: 12, patch: 4, channels: 5, outputLayout: 'tokens', prefixTokens: 1 },
      names: ['pixel_values', 'image_embeds'],
    }),
    'onnx/text_model.onnx': Buffer.from('a text tower'),
    'onnx/text_model_fp16.onnx': Buffer.from('a smaller one'),
    'tokenizer.json': text({}),
    'tokenizer_config.json': text({}),
    'vocab.json': text({}),
  };

  test('is fetched with its text tower and tokenizer, and takes queries', async () => {
    const { endpoint } = await localHub('Xenova/clip-vit-base-patch32', 'main', clip);
    const { card, folder } = await resolveEncoder('clip-vit-base-patch32', {
      endpoint,
      cacheDir: await temporaryFolder({}),
    });
    expect(card.outputName).toBe('/vision_model/encoder/layers.11/Add_1_output_0');
    expect(card.text).toEqual({
      file: 'onnx/text_model.onnx',
      tokenizer: 'tokenizer.json',
      inputName: 'input_ids',
      outputName: 'text_embeds',
      contextLength: 77,
      projection: { file: 'onnx/vision_model.onnx', output: 'image_embeds', weight: 'visual_projection.weight' },
    });
    const files = await filesBelow(folder);
    expect(files).toEqual(expect.arrayContaining(['text_model.onnx', 'tokenizer.json', 'tokenizer_config.json']));
    expect(files).not.toEqual(expect.arrayContaining(['text_model_fp16.onnx']));
    expect(files).not.toEqual(expect.arrayContaining(['vocab.json']));
  });

  test('under another name is fetched without it', async () => {
    const { endpoint } = await localHub('acme/tiny-vit', 'main', clip);
    const folder = await downloadEncoder(source, { endpoint, cacheDir: await temporaryFolder({}) });
    expect(await filesBelow(folder)).not.toEqual(expect.arrayContaining(['text_model.onnx']));
  });
});
