import { openVllm } from '#dist/llm/hosts/vllm.js';
import type { VllmOptions } from '#dist/llm/hosts/vllm.js';
import type { TokenHost } from '#dist/llm/host.js';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { thrownBy } from '../../support/error-code.ts';
import { rejection } from '../../support/rejection.ts';
import { sharedTensorReader, tensorReaderOrSkip } from '../../support/tensor-reader.ts';
import type { HostRules, PartRead } from '../../support/token-host-rules.ts';
import { TokenHostServer } from '../../support/token-host-server.ts';
import type { ServerModel } from '../../support/token-host-server.ts';
import { allOf, tokenFrame, tokenWindow } from '../../support/token-windows.ts';

const reader = sharedTensorReader();

const origin = { encoder: 'sha256:aa', stage: 'post', channels: 24 } as const;

interface Scene {
  readonly server: TokenHostServer;
  readonly host: TokenHost;
}

async function scene(
  rules: Partial<HostRules> = {},
  options: Partial<VllmOptions> = {},
  models?: readonly ServerModel[],
): Promise<Scene> {
  const server = await serve(rules, models);
  const host = await openVllm({ url: server.url, expects: { channels: 24 }, attempts: 1, ...options });
  onTestFinished(() => host.close());
  return { server, host };
}

async function serve(rules: Partial<HostRules> = {}, models?: readonly ServerModel[]): Promise<TokenHostServer> {
  const all: HostRules = { kind: 'vllm', model: 'some/model', hidden: 24, kept: new Map(), ...rules };
  const server = await TokenHostServer.start(all, reader, models ? { models } : {});
  onTestFinished(() => server.close());
  return server;
}

const framesOf = (parts: readonly PartRead[] = []) => parts.flatMap((part) => (part.type === 'text' ? [] : [part]));

describe.skipIf(!tensorReaderOrSkip())('vLLM', () => {
  test('takes the window in its order, each frame as one tensor, and the answer comes piece by piece', async () => {
    const { server, host } = await scene();
    const frames = [tokenFrame('door/1/0', 9, 24), tokenFrame('door/1/5', 1, 24), tokenFrame('door/1/7+9', 4, 24)];
    const window = tokenWindow('[0:00]', frames[0]!, '[0:05]', frames[1]!, frames[2]!);
    const pieces = await allOf(
      host.ask({ window, prompt: 'What now?', system: 'Be brief.', maxTokens: 40, temperature: 0.5 }),
    );
    expect(pieces).toEqual(['Seen', ':', ' 9', ' 1', ' 4', '.']);
    const chat = server.chats[0]?.chat;
    expect(chat).toMatchObject({ system: 'Be brief.', maxTokens: 40, temperature: 0.5 });
    expect(chat?.parts.map((part) => (part.type === 'text' ? part.text : part.tensor?.shape))).toEqual([
      '[0:00]',
      [9, 24],
      '[0:05]',
      [1, 24],
      [4, 24],
      'What now?',
    ]);
    for (const [i, { tensor, uuid }] of framesOf(chat?.parts).entries()) {
      expect(tensor?.values).toEqual(Array.from(frames[i]!.content.values));
      expect(tensor?.dtype).toBe('float16');
      expect(uuid?.startsWith(`${frames[i]!.id}~`)).toBe(true);
    }
    expect(server.crashed).toBeUndefined();
  });

  for (const [payload, dtype, read] of [
    ['npy', 'F16', 'float16'],
    ['npy', 'F32', 'float32'],
    ['torch', 'F16', 'float16'],
    ['torch', 'BF16', 'bfloat16'],
    ['torch', 'F32', 'float32'],
  ] as const) {
    test(`reads a ${payload} payload of ${dtype}`, async () => {
      const { server, host } = await scene({ readsNpy: payload === 'npy' }, { payload, dtype });
      await allOf(host.ask({ window: tokenWindow(tokenFrame('a', 4, 24)), prompt: 'p' }));
      expect(framesOf(server.chats[0]?.chat?.parts)[0]?.tensor).toMatchObject({ dtype: read, shape: [4, 24] });
    });
  }

  test('gives a Qwen-VL model the grid of each frame, whatever the frames in a request cost', async () => {
    const models = [{ id: 'cam', root: 'Qwen/Qwen2.5-VL-3B-Instruct-AWQ' }];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(1, 4, 9, 16), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('npy', 'torch'),
        async (scales, payload) => {
          const { server, host } = await scene({ hidden: 2048, shape: 'grid', model: 'cam' }, { payload }, models);
          // What was said leaves the shape open: that of the known model holds.
          const said = await openVllm({ url: server.url, payload, expects: { channels: 2048 } });
          const window = tokenWindow(...scales.map((scale, i) => tokenFrame(`${i}`, scale, 2048)));
          await allOf(said.ask({ window, prompt: 'p' }));
          const grids = framesOf(server.chats[0]?.chat?.parts).map(({ grid }) => grid);
          expect(grids).toEqual(scales.map((scale) => [1, 2 * Math.sqrt(scale), 2 * Math.sqrt(scale)]));
          await host.close();
          await server.close();
        },
      ),
      { numRuns: 8 },
    );
  });

  test('gives a text model prompt_embeds, in place of words', async () => {
    const { server, host } = await scene({ textOnly: true }, { door: 'prompt_embeds' });
    const pieces = await allOf(host.ask({ window: tokenWindow('at 3 s', tokenFrame('a', 4, 24)), prompt: 'p' }));
    expect(pieces.join('')).toBe('Seen: 4.');
    expect(server.chats[0]?.chat?.parts.map(({ type }) => type)).toEqual(['text', 'prompt_embeds', 'text']);
  });

  test('prompt_embeds is for text models: one that sees is refused, and so is a payload that it cannot read', async () => {
    const server = await serve({}, [{ id: 'Qwen/Qwen2-VL-2B-Instruct' }]);
    const open = (options: Partial<VllmOptions>) => openVllm({ url: server.url, door: 'prompt_embeds', ...options });
    expect(await rejection(open({}))).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await rejection(open({ payload: 'npy' }))).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await rejection(openVllm({ url: server.url, dtype: 'BF16' }))).toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('takes the first model that is served and its context, or the one that was named', async () => {
    const models = [{ id: 'first', max_model_len: 4096 }, { id: 'second' }];
    const { host } = await scene({ model: 'first' }, {}, models);
    expect(host.contextTokens).toBe(4096);
    expect(await allOf(host.ask({ window: tokenWindow(), prompt: 'p' }))).toEqual(['Seen', ':', '.']);
    const { host: other } = await scene({ model: 'second' }, { model: 'second' }, models);
    expect(other.contextTokens).toBeUndefined();
    expect(await allOf(other.ask({ window: tokenWindow(), prompt: 'p' }))).toEqual(['Seen', ':', '.']);
  });

  test('an unknown model is refused with the names of those that there are', async () => {
    const server = await serve({}, [{ id: 'one' }, { id: 'two' }]);
    const error = await rejection(openVllm({ url: server.url, model: 'three' }));
    expect(error.code).toBe('HOST_REFUSED');
    expect(error.message).toContain('does not serve "three". It serves: "one", "two".');
    const empty = await serve({}, []);
    expect((await rejection(openVllm({ url: empty.url }))).message).toContain('It serves: none.');
  });

  test('tokens of another encoder are refused before a frame is sent, with what differs', async () => {
    const { host } = await scene({}, { expects: { channels: 24, encoder: 'sha256:aa' } });
    host.check(origin);
    const cases = [
      [{ ...origin, stage: 'pre' }, /stage "pre"/],
      [{ ...origin, channels: 1024 }, /1024 channels, and "some\/model" expects 24/],
      [{ ...origin, encoder: 'sha256:bb' }, /sha256:bb.*sha256:aa/],
    ] as const;
    for (const [other, words] of cases) {
      const error = thrownBy(() => host.check(other));
      expect(error.code).toBe('HOST_MISMATCH');
      expect(error.message).toMatch(words);
    }
  });

  test('a model that nobody knows is asked for: neither check nor ask goes on without what it expects', async () => {
    const server = await serve();
    const host = await openVllm({ url: server.url });
    const error = thrownBy(() => host.check(origin));
    expect(error).toMatchObject({ code: 'HOST_MISMATCH' });
    expect(error.message).toMatch(/`expects`.*hidden_size/);
    const asked = allOf(host.ask({ window: tokenWindow(tokenFrame('a', 1, 24)), prompt: 'p' }));
    expect((await rejection(asked)).code).toBe('HOST_MISMATCH');
    expect(server.chats).toHaveLength(0);
  });

  test('Qwen3-VL is refused whatever was said, for its deepstack features', async () => {
    const server = await serve({}, [{ id: 'Qwen/Qwen3-VL-4B-Instruct' }]);
    const host = await openVllm({ url: server.url, expects: { channels: 2560 } });
    expect(thrownBy(() => host.check({ ...origin, channels: 2560 })).message).toMatch(/deepstack/);
  });

  test('no frame with a wrong shape or a value that is no number leaves this process: it could end the host', async () => {
    const { server, host } = await scene();
    const good = tokenFrame('a', 4, 24);
    const values = good.content.values;
    const broken = [
      { ...good, content: { values, channels: 12 } },
      { ...good, tokens: 5 },
      { ...good, tokens: 0, content: { values: new Float32Array(0), channels: 24 } },
      { ...good, content: { values: values.slice(1), channels: 24 } },
      ...[NaN, Infinity, -Infinity].map((bad) => ({
        ...good,
        content: { values: values.with(95, bad), channels: 24 },
      })),
    ];
    for (const frame of broken) {
      const asked = allOf(host.ask({ window: tokenWindow(good, frame), prompt: 'p' }));
      expect((await rejection(asked)).code).toBe('HOST_MISMATCH');
    }
    const { host: grid } = await scene({ shape: 'grid' }, { expects: { channels: 24, shape: 'grid' } });
    const asked = allOf(grid.ask({ window: tokenWindow(tokenFrame('b', 5, 24)), prompt: 'p' }));
    expect((await rejection(asked)).message).toMatch(/5 tokens, which is no square grid/);
    expect(server.chats).toHaveLength(0);
  });

  test('a window that does not fit is CONTEXT_FULL: seen here where that is certain, else by the host', async () => {
    const { server, host } = await scene({ contextTokens: 60 }, {}, [{ id: 'some/model', max_model_len: 60 }]);
    const window = tokenWindow(tokenFrame('a', 36, 24));
    const sure = await rejection(allOf(host.ask({ window, prompt: 'p', maxTokens: 30 })));
    expect(sure.code).toBe('CONTEXT_FULL');
    expect(server.chats).toHaveLength(0);
    const long = 'one two three '.repeat(6);
    const told = await rejection(allOf(host.ask({ window, prompt: long, maxTokens: 20 })));
    expect(told.code).toBe('CONTEXT_FULL');
    expect(told.message).toContain("This model's maximum context length is 60 tokens");
  });

  test('an option that is none is refused, and an address with a password is not repeated', async () => {
    const cases: VllmOptions[] = [
      { url: 'http://user:hunter2@127.0.0.1/v1' },
      { url: 'http://127.0.0.1/v1?key=hunter2' },
      { url: 'ws://127.0.0.1/hunter2' },
      { url: 'hunter2' },
      { attempts: 0 },
      { silenceS: 0 },
      { silenceS: 301 },
      { payload: 'zip' as 'npy' },
      { dtype: 'I8' as 'F16' },
    ];
    for (const options of cases) {
      const error = await rejection(openVllm(options));
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.message).not.toContain('hunter2');
    }
    const server = await serve();
    for (const expects of [{ channels: 0 }, { channels: 1.5 }, { channels: 8, shape: 'cube' as 'grid' }]) {
      expect((await rejection(openVllm({ url: server.url, expects }))).code).toBe('OPTION_INVALID');
    }
  });

  test('a base address without a path gets /v1, one with a slash at its end loses it', async () => {
    const server = await serve();
    for (const url of [server.url.replace('/v1', ''), `${server.url}/`]) {
      const host = await openVllm({ url });
      expect(host.name).toBe(`vLLM at ${server.url}`);
    }
  });
});
