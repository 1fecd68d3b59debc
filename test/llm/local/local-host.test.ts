import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { newDecoderWorker } from '#dist/llm/local/decoder-thread.js';
import type { NewWorker } from '#dist/llm/local/decoder-thread.js';
import { LocalHost } from '#dist/llm/local/local-host.js';
import { localModel } from '#dist/llm/local/local-model.js';
import type { LocalModel } from '#dist/llm/local/local-model.js';
import { localSettings } from '#dist/llm/local/local-options.js';
import type { LocalOptions } from '#dist/llm/local/local-options.js';
import { readModelFolder } from '#dist/llm/local/model-folder.js';
import { openLocal } from '#dist/llm/local/open-local.js';
import { composePrompt } from '#dist/llm/local/prompt.js';
import type { HostQuestion } from '#dist/llm/host.js';
import type { TokenContent } from '#dist/llm/window-frame.js';
import { thrownBy } from '../../support/error-code.ts';
import { rejection } from '../../support/rejection.ts';
import { toolOrSkip } from '../../support/require-tool.ts';
import { until } from '../../support/sleep.ts';
import { canMakeTinyDecoder, tinyDecoder, tinyFacts, tinyFrame, tinyWindow } from '../../support/tiny-decoder.ts';

type Question = HostQuestion<TokenContent>;

const door = tinyFrame('door/1/1', 4);
const yard = tinyFrame('door/1/2', 9);
const question: Question = {
  window: tinyWindow(['0:01 ', door, '0:02 ', yard, '\n']),
  prompt: 'what is at the door?',
  maxTokens: 24,
};

describe.skipIf(!canMakeTinyDecoder())('LocalHost', () => {
  const tiny = tinyDecoder();
  const open: LocalHost[] = [];
  afterEach(async () => {
    for (const host of open.splice(0)) await host.close();
  });

  async function hostOf(options: LocalOptions = {}, folder = tiny.folder): Promise<LocalHost> {
    const host = await openLocal(folder, { threads: 1, ...options });
    open.push(host);
    return host;
  }

  async function hostWith(newWorker: NewWorker, options: LocalOptions = {}): Promise<LocalHost> {
    const files = await readModelFolder(tiny.folder, undefined);
    const host = await LocalHost.start(localModel(files), files, localSettings({ threads: 1, ...options }), newWorker);
    open.push(host);
    return host;
  }

  async function modelOf(folder = tiny.folder): Promise<LocalModel> {
    return localModel(await readModelFolder(folder, undefined));
  }

  /** What torch answers, greedily and without any cache. */
  async function torchAnswer(asked: Question): Promise<{ tokens: readonly number[]; text: string; length: number }> {
    const model = await modelOf();
    const parts = { ...model, channels: tinyFacts.channels, imageToken: tinyFacts.imageToken };
    const { keys, frames } = composePrompt(asked, parts);
    const ids = keys.map((key) => (typeof key === 'number' ? key : tinyFacts.imageToken));
    const rows = frames.map(({ at, frame }) => ({ at, values: frame.content.values }));
    const { greedy } = await tiny.judge({ ids, frames: rows, generate: asked.maxTokens ?? 0 });
    const end = greedy.findIndex((token) => model.ends.includes(token));
    const tokens = end < 0 ? greedy : greedy.slice(0, end);
    return { tokens, text: model.codec.decode(tokens), length: ids.length };
  }

  it('answers greedily with the text of torch', async () => {
    const host = await hostOf();
    const { text, length, tokens } = await torchAnswer(question);
    expect(tokens).toHaveLength(24);
    expect(await textOf(host, question)).toBe(text);
    expect(host.counters).toEqual({ prefilled: length, reused: 0, generated: 24, deaths: 0 });
  });

  it('reads only what is new of a window that has grown', async () => {
    const host = await hostOf();
    const grown = {
      ...question,
      window: tinyWindow(['0:01 ', door, '0:02 ', yard, '\n', '0:03 ', tinyFrame('d/1/3', 1)]),
    };
    const [first, second] = [await torchAnswer(question), await torchAnswer(grown)];
    await textOf(host, question);
    expect(await textOf(host, grown)).toBe(second.text);
    const { prefilled, reused } = host.counters;
    expect(prefilled + reused).toBe(first.length + second.length);
    // "<|im_start|>user\n0:01 ", 4 tokens, "0:02 ", 9 tokens, "\n" at least.
    expect(reused).toBeGreaterThan(4 + 9 + 10);
    expect(prefilled - first.length).toBeLessThan(second.length - 23);
  });

  it('reads the frames again that were made coarser, and what comes after them', async () => {
    const host = await hostOf();
    const cut = { ...question, window: tinyWindow(['0:01 ', tinyFrame('door/1/1@1', 1), '0:02 ', yard, '\n']) };
    await textOf(host, question);
    const { reused: before } = host.counters;
    expect(await textOf(host, cut)).toBe((await torchAnswer(cut)).text);
    expect(host.counters.reused - before).toBeLessThan(15);
  });

  it('reads one token of a question that it has just read', async () => {
    const host = await hostOf();
    const { text, length } = await torchAnswer(question);
    await textOf(host, question);
    expect(await textOf(host, question)).toBe(text);
    expect(host.counters).toMatchObject({ prefilled: length + 1, reused: length - 1 });
  });

  it('ends an answer at the token that ends it', async () => {
    const { tokens, text } = await torchAnswer(question);
    const [at, end] =
      [...tokens.entries()].find(([index, token]) => index > 3 && tokens.indexOf(token) === index) ?? [];
    const host = await hostOf({}, tiny.but({ 'generation_config.json': JSON.stringify({ eos_token_id: end }) }));
    const answer = await textOf(host, question);
    expect(answer).toBe((await modelOf()).codec.decode(tokens.slice(0, at)));
    expect(text.startsWith(answer.replace(/\ufffd+$/, ''))).toBe(true);
  });

  it('repeats a drawn answer from the same seed', async () => {
    const drawn = { ...question, temperature: 1 };
    const host = await hostOf({ seed: 3 });
    const first = await textOf(host, drawn);
    expect(await textOf(host, drawn)).toBe(first);
    expect(await textOf(await hostOf({ seed: 4 }), drawn)).not.toBe(first);
    expect(await textOf(await hostOf({ seed: 4, topK: 1 }), drawn)).toBe((await torchAnswer(question)).text);
  });

  it('ends without an error when it is stopped, gives out no more, and answers the next question', async () => {
    const host = await hostOf();
    const stop = new AbortController();
    const pieces: string[] = [];
    for await (const piece of host.ask({ ...question, maxTokens: 400, signal: stop.signal })) {
      pieces.push(piece);
      stop.abort();
    }
    expect(pieces).toHaveLength(1);
    expect(await textOf(host, { ...question, signal: stop.signal })).toBe('');
    expect(await textOf(host, question)).toBe((await torchAnswer(question)).text);
  });

  it('is free again when its reader leaves', async () => {
    const host = await hostOf();
    for await (const piece of host.ask({ ...question, maxTokens: 400 })) if (piece !== '') break;
    expect(await textOf(host, question)).toBe((await torchAnswer(question)).text);
  });

  it('answers one question at a time and turns away who would be one too many to wait', async () => {
    const host = await hostOf({ maxWaiting: 1 });
    const first = host.ask(question);
    await first.next();
    const second = textOf(host, question);
    const error = await rejection(textOf(host, question));
    expect(error.code).toBe('HOST_BUSY');
    expect(error.retryable).toBe(true);
    await first.return();
    expect(await second).toBe((await torchAnswer(question)).text);
  });

  it('fails with the thread that dies, and answers the next question with another', async () => {
    const workers: Worker[] = [];
    const host = await hostWith((setup) => {
      const worker = workers.length === 0 ? dyingWorker(setup) : newDecoderWorker(setup);
      workers.push(worker);
      return worker;
    });
    const error = await rejection(textOf(host, question));
    expect(error.code).toBe('HOST_FAILED');
    expect(error.what).toContain('status 3');
    const { text, length } = await torchAnswer(question);
    const { prefilled } = host.counters;
    expect(await textOf(host, question)).toBe(text);
    expect(host.counters).toMatchObject({ deaths: 1 });
    // The new thread holds nothing.
    expect(host.counters.prefilled - prefilled).toBe(length);
  });

  it('starts another thread where one has died between two questions', async () => {
    const workers: Worker[] = [];
    const host = await hostWith((setup) => {
      const worker = newDecoderWorker(setup);
      workers.push(worker);
      return worker;
    });
    await textOf(host, question);
    await workers[0]?.terminate();
    await until(() => host.counters.deaths === 1);
    expect(await textOf(host, question)).toBe((await torchAnswer(question)).text);
  });

  it('never waits for a thread that died as soon as it was ready', async () => {
    const workers: Worker[] = [];
    const newWorker: NewWorker = (setup) => {
      const worker = workers.length === 0 ? new Worker(shortLivedThread, { eval: true }) : newDecoderWorker(setup);
      // So that its last words and its end are here at once.
      if (workers.length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      workers.push(worker);
      return worker;
    };
    const files = await readModelFolder(tiny.folder, undefined);
    const settings = localSettings({ threads: 1, silenceS: 0.2 });
    // Whoever waits for it when it ends is told.
    const seen = await rejection(
      LocalHost.start(localModel(files), files, settings, newWorker).then(async (host) => {
        open.push(host);
        await textOf(host, question);
      }),
    );
    expect(seen.code).toBe('HOST_FAILED');
    expect(seen.what).toContain('status 4');
  });

  it('ends a thread that says nothing for too long', async () => {
    const host = await hostWith(() => new Worker(silentThread, { eval: true }), { silenceS: 0.2 });
    const error = await rejection(textOf(host, question));
    expect(error.code).toBe('HOST_FAILED');
    expect(error.what).toContain('said nothing for 0.2 s');
  });

  it('ends the answer under way when it is closed, and those that wait; then it takes none', async () => {
    const host = await hostOf();
    const first = host.ask({ ...question, maxTokens: 400 });
    await first.next();
    const second = textOf(host, question);
    await Promise.all([host.close(), host.close()]);
    expect(await first.next()).toEqual({ done: true, value: undefined });
    expect(await second).toBe('');
    expect((await rejection(textOf(host, question))).code).toBe('ABORTED');
  });

  it('says where a question is too long, and ends an answer where the context is full', async () => {
    const { length, text, tokens } = await torchAnswer(question);
    const tight = await hostOf({ contextTokens: length + 3 });
    expect(tight.contextTokens).toBe(length + 3);
    expect(await textOf(tight, question)).toBe((await modelOf()).codec.decode(tokens.slice(0, 3)));
    expect(text).not.toBe('');
    const error = await rejection(textOf(await hostOf({ contextTokens: length }), question));
    expect(error.code).toBe('CONTEXT_FULL');
    expect(error.what).toContain(`${length} tokens`);
    expect((await hostOf({ contextTokens: 9999 })).contextTokens).toBe(512);
    expect((await hostOf({ cacheBytes: 51_200 })).contextTokens).toBe(100);
  });

  it('takes tokens of its own channels from behind the projector, of its own encoder where that is known', async () => {
    const host = await hostOf({ expects: { channels: 32, encoder: 'sha256:right' } });
    const origin = { channels: 32, stage: 'post', encoder: 'sha256:right' } as const;
    host.check(origin);
    const wrong = [{ channels: 31 }, { stage: 'pre' }, { encoder: 'sha256:wrong' }] as const;
    for (const change of wrong) expect(thrownBy(() => host.check({ ...origin, ...change })).code).toBe('HOST_MISMATCH');
    (await hostOf()).check({ ...origin, encoder: 'any' });
    const frame = tinyFrame('f', 4, 16);
    const error = await rejection(textOf(host, { ...question, window: tinyWindow([frame]) }));
    expect(error.code).toBe('HOST_MISMATCH');
  });

  it.each([
    ['config.json', undefined, 'no config.json'],
    ['config.json', '{', 'config.json cannot be read as JSON'],
    ['config.json', '[]', 'config.json is no JSON object'],
    ['config.json', configWith({ image_token_index: 5000 }), 'no token 5000'],
    ['config.json', configWith({}, { hidden_size: 64 }), 'config.json says 64'],
    ['config.json', configWith({}, { max_position_embeddings: undefined }), 'no max_position_embeddings'],
    ['config.json', configWith({ model_type: 'qwen2_vl' }), 'M-RoPE'],
    ['tokenizer.json', undefined, 'no tokenizer.json'],
    ['tokenizer.json', '{"model": {"type": "Odd"}}', 'tokenizer.json cannot be used'],
    ['tokenizer_config.json', undefined, 'no tokenizer_config.json'],
    ['chat_template.jinja', undefined, 'no chat template'],
    ['chat_template.jinja', '{% if %}', 'chat template'],
    ['onnx', undefined, 'no onnx/decoder_model_merged.onnx'],
    ['onnx/embed_tokens.onnx', 'odd', 'embed_tokens.onnx'],
  ])('refuses a folder whose %s is %s, by name', async (path, content, words) => {
    const error = await rejection(hostOf({}, tiny.but({ [path]: content })));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.what).toContain(words);
  });

  it('reads no description that is too large', async () => {
    const large = tiny.but({});
    truncateSync(`${large}/tokenizer.json`, 3 * 2 ** 30);
    expect((await rejection(hostOf({}, large))).what).toContain('tokenizer.json has more than 134217728 bytes');
  });

  it.skipIf(!toolOrSkip('mkfifo', ['--version']))('reads no description that is no file', async () => {
    const pipe = tiny.but({ 'chat_template.jinja': undefined });
    expect(spawnSync('mkfifo', [`${pipe}/chat_template.jinja`]).status).toBe(0);
    const error = await rejection(hostOf({}, pipe));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.what).toContain('chat_template.jinja cannot be read: it is no file');
  });

  it('finds the chat template wherever transformers puts it', async () => {
    const template = readFileSync(`${tiny.folder}/chat_template.jinja`, 'utf8');
    const wanted = (await torchAnswer(question)).text;
    const named = [
      { name: 'tools', template: '{{ 1 }}' },
      { name: 'default', template },
    ];
    const places = [
      { 'chat_template.json': JSON.stringify({ chat_template: template }) },
      { 'tokenizer_config.json': JSON.stringify({ eos_token: '<|im_end|>', chat_template: template }) },
      { 'tokenizer_config.json': JSON.stringify({ eos_token: { content: '<|im_end|>' }, chat_template: named }) },
    ];
    for (const place of places) {
      const folder = tiny.but({ 'chat_template.jinja': undefined, 'generation_config.json': undefined, ...place });
      expect(await textOf(await hostOf({}, folder), question)).toBe(wanted);
    }
  });

  it('refuses options and questions that make no sense, and folders that are none', async () => {
    const wrong: LocalOptions[] = [
      { topP: 0 },
      { threads: 0 },
      { seed: 0.5 },
      { expects: { channels: 32, shape: 'grid' } },
    ];
    for (const options of wrong) expect((await rejection(hostOf(options))).code).toBe('OPTION_INVALID');
    expect((await rejection(hostOf({ variant: 'q4' }))).what).toContain('no onnx/decoder_model_merged_q4.onnx');
    expect((await rejection(hostOf({}, '/no/such/folder'))).code).toBe('MODEL_INVALID');
    const host = await hostOf();
    expect((await rejection(textOf(host, { ...question, temperature: -1 }))).code).toBe('OPTION_INVALID');
    expect((await rejection(textOf(host, { ...question, maxTokens: 0 }))).code).toBe('OPTION_INVALID');
  });
});

/** Says that it is ready, and is gone. */
const shortLivedThread = `
  const { parentPort } = require('node:worker_threads');
  parentPort.postMessage({ kind: 'ready', shape: { channels: 32 }, contextTokens: 512 });
  process.exit(4);`;

/** Says that it is ready, and then nothing. */
const silentThread = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', () => undefined);
  parentPort.postMessage({ kind: 'ready', shape: { channels: 32 }, contextTokens: 512 });`;

/** The real thread, which ends itself when it has given the first token. */
const dyingWorker: NewWorker = (setup) => {
  const real = new URL('../../../dist/llm/local/worker/decoder-worker.js', import.meta.url).href;
  const code = `
    const { parentPort } = require('node:worker_threads');
    const say = parentPort.postMessage.bind(parentPort);
    parentPort.postMessage = (message) => {
      say(message);
      if (message.kind === 'token') process.exit(3);
    };
    void import(${JSON.stringify(real)});`;
  return new Worker(code, { eval: true, workerData: setup });
};

function configWith(changes: object, textChanges: object = {}): string {
  const text = { model_type: 'qwen2', hidden_size: 32, max_position_embeddings: 512, ...textChanges };
  return JSON.stringify({ model_type: 'llava', image_token_index: 280, text_config: text, ...changes });
}

async function textOf(host: LocalHost, asked: Question): Promise<string> {
  let text = '';
  for await (const piece of host.ask(asked)) text += piece;
  return text;
}
