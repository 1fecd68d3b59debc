import { describe, expect, test } from 'vitest';
import { hostSpellings, openHost } from '#dist/llm/open-host.js';
import type { FramenestError } from '#dist/errors.js';
import { closedPort } from '../support/closed-port.ts';
import { rejection } from '../support/rejection.ts';
import { ChatServer } from './ask/chat-server.ts';

const refusal = (spec: string, env: Record<string, string> = {}): Promise<FramenestError> =>
  rejection(openHost(spec, { model: 'any', env }));

describe('a host is refused', () => {
  test.each(['chatgpt', '', ':', 'vLLM:http://127.0.0.1', 'toString', 'http://127.0.0.1:8000/v1', '__proto__:x'])(
    'that nobody knows: "%s", with the list of those that are known',
    async (spec) => {
      const { code, mend } = await refusal(spec);
      expect(code).toBe('OPTION_INVALID');
      expect(mend).toContain(hostSpellings);
    },
  );

  test.each(['vllm', 'vllm:', 'trtllm', 'local', 'local:'])('that lacks its address: "%s"', async (spec) => {
    const { code, mend } = await refusal(spec);
    expect(code).toBe('OPTION_INVALID');
    expect(mend).toMatch(/^Give \w+:(URL|DIR-OR-NAME)\.$/);
  });

  test.each([
    'vllm:127.0.0.1:8000',
    'vllm:file:///etc/passwd',
    'trtllm:ws://127.0.0.1',
    'gemini:nowhere',
    'realtime:x',
  ])('at an address of another kind: "%s"', async (spec) => {
    const { code, what } = await refusal(spec);
    expect(code).toBe('OPTION_INVALID');
    expect(what).toContain(`"${spec.slice(spec.indexOf(':') + 1)}"`);
  });

  test.each([
    'vllm:http://user:s3cret@127.0.0.1:8000/v1',
    'openai:https://s3cret@example.org/v1',
    'openai:https://example.org/v1?api_key=s3cret',
    'trtllm:user:s3cret@x',
    'realtime:wss://example.org/v1?token=s3cret',
  ])('with a secret in its address, which is not repeated: %s', async (spec) => {
    const { code, message, mend } = await refusal(spec);
    expect(code).toBe('OPTION_INVALID');
    expect(mend).toContain('FRAMENEST_HOST_KEY');
    expect(message).not.toContain('s3cret');
  });

  test.each([
    ['openai', 'OPENAI_API_KEY'],
    ['realtime', 'OPENAI_API_KEY'],
    ['gemini', 'GEMINI_API_KEY'],
  ])('as the service "%s" without %s in the environment; another key does not do', async (spec, variable) => {
    const { code, what } = await refusal(spec, { FRAMENEST_HOST_KEY: 's3cret', [variable]: '' });
    expect(code).toBe('OPTION_INVALID');
    expect(what).toContain(variable);
  });
});

describe('a host is opened', () => {
  const env = { FRAMENEST_HOST_KEY: 'own', OPENAI_API_KEY: 'stray', GEMINI_API_KEY: 'stray' };

  test.each([
    ['openai', 'OpenAI'],
    ['openai:http://127.0.0.1:8000/v1', '127.0.0.1:8000'],
    ['gemini', 'Gemini'],
    ['gemini:https://127.0.0.1:8000', '127.0.0.1:8000'],
    ['realtime', 'Realtime'],
    ['realtime:ws://127.0.0.1:8000/v1', '127.0.0.1:8000'],
  ])('as "%s", without a word to it before the first question', async (spec, name) => {
    const host = await openHost(spec, { model: 'seer', env });
    expect(host.takes).toBe('pictures');
    expect(host.name).toContain(name);
    await host.close();
  });

  test('of its kind: the other ones are asked, or read, at once', async () => {
    const options = { env, attempts: 1 };
    const code = async (spec: string): Promise<string> => (await rejection(openHost(spec, options))).code;
    // Nobody listens at the port of tests that was just given back.
    const url = `http://127.0.0.1:${await closedPort()}/v1`;
    expect(await code(`vllm:${url}`)).toBe('HOST_UNREACHABLE');
    expect(await code(`trtllm:${url}`)).toBe('HOST_UNREACHABLE');
    expect(await code('local:/nowhere')).toBe('MODEL_INVALID');
  });

  test.each([
    [env, 'Bearer own'],
    [{ OPENAI_API_KEY: 'stray' }, 'Bearer none'],
  ])('at an address with the key for addresses alone: %j', async (keys, authorization) => {
    const server = await new ChatServer().start();
    const host = await openHost(server.spec, { model: 'seer', env: keys });
    if (host.takes !== 'pictures') throw new Error('It takes tokens.');
    const window = { parts: [], tokens: 0, cuts: 0, fromS: NaN, toS: NaN };
    for await (const piece of host.ask({ window, prompt: 'What?' })) expect(piece).not.toBe('');
    expect(server.chats.map((chat) => chat.authorization)).toEqual([authorization]);
    await host.close();
  });
});
