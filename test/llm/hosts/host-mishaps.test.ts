import { openTensorRtLlm } from '#dist/llm/hosts/tensorrt-llm.js';
import { openVllm } from '#dist/llm/hosts/vllm.js';
import type { HostOptions, HostQuestion, TokenHost } from '#dist/llm/host.js';
import type { TokenContent } from '#dist/llm/window-frame.js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { listenersOf } from '../../support/listeners.ts';
import { rejection } from '../../support/rejection.ts';
import { sharedTensorReader, tensorReaderOrSkip } from '../../support/tensor-reader.ts';
import { TokenHostServer } from '../../support/token-host-server.ts';
import type { Mishap } from '../../support/token-host-server.ts';
import { allOf, tokenFrame, tokenWindow } from '../../support/token-windows.ts';
import { sleep, until } from '../../support/sleep.ts';

const reader = sharedTensorReader();

const key = 'sk-very-secret-1';
const question: HostQuestion<TokenContent> = { window: tokenWindow(tokenFrame('a', 4, 8)), prompt: 'p' };

for (const [kind, open] of [
  ['vllm', openVllm],
  ['trtllm', openTensorRtLlm],
] as const) {
  describe.skipIf(!tensorReaderOrSkip())(kind, () => {
    async function scene(options: HostOptions = {}): Promise<{ server: TokenHostServer; host: TokenHost }> {
      const rules = { kind, model: 'm', hidden: 8, kept: new Map<string, number>() };
      const server = await TokenHostServer.start(rules, reader, { key });
      onTestFinished(() => server.close());
      const host = await open({ url: server.url, key, expects: { channels: 8 }, attempts: 2, ...options });
      onTestFinished(() => host.close());
      return { server, host };
    }

    const once: readonly (readonly [string, Mishap])[] = [
      ['429 with Retry-After', { status: 429, headers: { 'retry-after': '0' } }],
      ['503', { status: 503 }],
      ['500 with a page', { status: 500, body: '<html>' }],
      ['a connection that goes before the first piece', 'cut-before-piece'],
      ['a stream that is no JSON', 'malformed'],
      ['a page instead of a stream', 'no-stream'],
      ['an error as a part of the stream', 'error-chunk'],
    ];
    for (const [words, mishap] of once) {
      test(`after ${words} it is asked again, and answers`, async () => {
        const { server, host } = await scene();
        server.mishaps.push(mishap);
        expect((await allOf(host.ask(question))).join('')).toBe('Seen: 4.');
        expect(server.chats).toHaveLength(2);
      });
    }

    const codes: readonly (readonly [Mishap, string, RegExp])[] = [
      [{ status: 429 }, 'HOST_BUSY', /429/],
      [{ status: 500, body: '{"object":"error","message":"old words","code":500}' }, 'HOST_FAILED', /old words/],
      [{ status: 400, body: '{"error":{"message":"bad shape","code":400}}' }, 'HOST_REFUSED', /bad shape/],
      [{ status: 422, body: '{"detail":[{"msg":"field required"}]}' }, 'HOST_REFUSED', /field required/],
      [{ status: 404, body: '{"error":"no such model"}' }, 'HOST_REFUSED', /no such model/],
      [{ status: 502, body: '<html>Bad gateway</html>' }, 'HOST_FAILED', /Bad gateway/],
      [{ status: 400, body: 'x'.repeat(9_000_000) }, 'HOST_FAILED', /more than \d+ bytes/],
      ['malformed', 'HOST_FAILED', /cannot be understood/],
      ['no-stream', 'HOST_FAILED', /ends without saying why/],
      ['no-finish', 'HOST_FAILED', /ends without saying why/],
      ['error-chunk', 'HOST_FAILED', /EngineCore/],
      ['cut-before-piece', 'HOST_FAILED', /broke off/],
      ['cut-after-piece', 'HOST_FAILED', /broke off/],
      ['endless', 'HOST_FAILED', /more than \d+ bytes/],
      ['endless-line', 'HOST_FAILED', /more than \d+ bytes/],
    ];
    for (const [mishap, code, words] of codes) {
      const name = typeof mishap === 'string' ? mishap : `${mishap.status} ${(mishap.body ?? '').slice(0, 30)}`;
      test(`${name} is ${code}, in the host's words`, async () => {
        const { server, host } = await scene({ attempts: 1 });
        server.mishaps.push(mishap);
        const error = await rejection(allOf(host.ask(question)));
        expect(error.code).toBe(code);
        expect(error.message).toMatch(words);
        expect(error.message.length).toBeLessThan(800);
        expect(server.chats).toHaveLength(1);
      });
    }

    for (const mishap of ['cut-after-piece', 'no-finish', 'silent-after-piece'] as const) {
      test(`${mishap}: what was said stays said, and it is not asked again`, async () => {
        const { server, host } = await scene({ attempts: 4, silenceS: mishap.startsWith('silent') ? 3 : 60 });
        server.mishaps.push(mishap);
        const pieces: string[] = [];
        const read = async (): Promise<void> => {
          for await (const piece of host.ask(question)) pieces.push(piece);
        };
        expect(['HOST_FAILED', 'HOST_UNREACHABLE']).toContain((await rejection(read())).code);
        expect(pieces).toEqual(['Half']);
        expect(server.chats).toHaveLength(1);
      });
    }

    for (const mishap of ['silent', 'silent-after-headers', 'silent-after-piece'] as const) {
      test(`a host that is ${mishap} is left after the silence that it is allowed`, async () => {
        const { server, host } = await scene({ attempts: 1, silenceS: 2 });
        server.mishaps.push(mishap);
        const error = await rejection(allOf(host.ask(question)));
        expect(error.code).toBe('HOST_UNREACHABLE');
        expect(error.message).toContain('was silent for 2 s');
        await server.chats[0]?.left;
      });

      test(`an answer that is ${mishap} ends at once, without an error, when the signal aborts or the host closes`, async () => {
        const { server, host } = await scene();
        for (const end of ['signal', 'close'] as const) {
          server.mishaps.push(mishap);
          const controller = new AbortController();
          const answer = allOf(host.ask({ ...question, signal: controller.signal }));
          const before = server.chats.length;
          await until(() => server.chats.length === before + 1);
          if (end === 'signal') controller.abort();
          else await host.close();
          expect((await answer).join('')).toMatch(/^(?:Half)?$/);
          await server.chats.at(-1)?.left;
        }
        expect((await rejection(allOf(host.ask(question)))).code).toBe('ABORTED');
      });
    }

    test('whoever takes the answer may take longer than the host may be silent', async () => {
      const { host } = await scene({ attempts: 1, silenceS: 1 });
      const pieces: string[] = [];
      for await (const piece of host.ask(question)) if (pieces.push(piece) === 1) await sleep(1500);
      expect(pieces.join('')).toBe('Seen: 4.');
    });

    test("headers that the environment holds for OpenAI's own service go nowhere else", async () => {
      vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-secret: s1\nauthorization: Bearer s2\n Cookie : s3');
      onTestFinished(() => void vi.unstubAllEnvs());
      const { server, host } = await scene();
      expect((await allOf(host.ask(question))).join('')).toBe('Seen: 4.');
      for (const { headers } of server.requests) {
        expect(JSON.stringify(headers)).not.toMatch(/s1|s2|s3/);
        expect(headers.authorization).toBe(`Bearer ${key}`);
      }
    });

    test('a loop that is left lets the host go', async () => {
      const { server, host } = await scene();
      server.mishaps.push('silent-after-piece');
      for await (const piece of host.ask(question)) {
        expect(piece).toBe('Half');
        break;
      }
      await server.chats[0]?.left;
    });

    test('a signal that lives on keeps nothing of the answers that it could have ended', async () => {
      const { server, host } = await scene();
      const { signal } = new AbortController();
      await allOf(host.ask({ ...question, signal }));
      server.mishaps.push({ status: 429, headers: { 'retry-after': '0' } });
      await allOf(host.ask({ ...question, signal }));
      server.mishaps.push({ status: 400 });
      await rejection(allOf(host.ask({ ...question, signal })));
      expect(listenersOf(signal)).toBe(0);
    });

    test('nobody at the address is HOST_UNREACHABLE after every try, at the opening and at a question', async () => {
      const { server, host } = await scene();
      const { url } = server;
      await server.close();
      const error = await rejection(allOf(host.ask(question)));
      expect(error.code).toBe('HOST_UNREACHABLE');
      expect(error.message).toMatch(/ECONNREFUSED.*Tried 2 times/);
      expect((await rejection(open({ url, attempts: 2 }))).message).toMatch(/ECONNREFUSED.*Tried 2 times/);
    });

    test('a host that still loads is waited for at the opening; one that lists nothing is no host', async () => {
      const { server } = await scene();
      const options = { url: server.url, key, attempts: 2 };
      server.listMishaps.push({ status: 503 });
      await (await open(options)).close();
      server.listMishaps.push({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' });
      expect((await rejection(open({ ...options, attempts: 1 }))).code).toBe('HOST_FAILED');
      server.listMishaps.push({ status: 200, body: 'It works!' });
      expect((await rejection(open({ ...options, attempts: 1 }))).code).toBe('HOST_FAILED');
      server.listMishaps.push('endless-line');
      expect((await rejection(open({ ...options, attempts: 1 }))).message).toMatch(/more than \d+ bytes/);
      server.listMishaps.push('silent');
      expect((await rejection(open({ ...options, attempts: 1, silenceS: 0.2 }))).code).toBe('HOST_UNREACHABLE');
    });

    test('a wrong key is refused without being told, and the environment of OpenAI stays here', async () => {
      const { server, host } = await scene();
      const wrong = 'sk-wrong-but-secret';
      const error = await rejection(open({ url: server.url, key: wrong, attempts: 1 }));
      expect(error.code).toBe('HOST_REFUSED');
      expect(error.message).toContain('Incorrect API key provided: Bearer ***');
      expect(JSON.stringify([error, error.stack, error.cause])).not.toContain(wrong);
      process.env['OPENAI_API_KEY'] = 'sk-of-openai';
      process.env['OPENAI_ORG_ID'] = 'org-of-openai';
      onTestFinished(() => {
        delete process.env['OPENAI_API_KEY'];
        delete process.env['OPENAI_ORG_ID'];
      });
      await allOf(host.ask(question));
      await rejection(open({ url: server.url, attempts: 1 }));
      expect(server.requests.at(-2)?.authorization).toBe(`Bearer ${key}`);
      expect(JSON.stringify(server.requests.map(({ headers }) => headers))).not.toContain('of-openai');
    });
  });
}
