import { openVllm } from '#dist/llm/hosts/vllm.js';
import type { TokenHost } from '#dist/llm/host.js';
import type { HeldFrame, TokenContent } from '#dist/llm/window-frame.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sharedTensorReader, tensorReaderOrSkip } from '../../support/tensor-reader.ts';
import { TokenHostServer } from '../../support/token-host-server.ts';
import type { HostRequest } from '../../support/token-host-server.ts';
import { allOf, tokenFrame, tokenWindow } from '../../support/token-windows.ts';

const reader = sharedTensorReader();

/** A server, what it keeps, and hosts that ask it. */
async function scene(keepsEmbeddings: boolean) {
  const kept = new Map<string, number>();
  const rules = { kind: 'vllm', model: 'm', hidden: 8, keepsEmbeddings, kept } as const;
  const server = await TokenHostServer.start(rules, reader);
  onTestFinished(() => server.close());
  const open = (reuse: boolean): Promise<TokenHost> =>
    openVllm({ url: server.url, expects: { channels: 8 }, attempts: 1, reuse });
  return { server, kept, open };
}

const ask = async (host: TokenHost, ...frames: readonly HeldFrame<TokenContent>[]): Promise<string> =>
  (await allOf(host.ask({ window: tokenWindow(...frames), prompt: 'p' }))).join('');

/** For each chat, `sent` or `named` for each of its frames; `refused` for one that was. */
const ways = (chats: readonly HostRequest[]): readonly string[] =>
  chats.map(({ chat }) =>
    chat === undefined
      ? 'refused'
      : chat.parts
          .flatMap((part) => (part.type === 'text' ? [] : [part.tensor === undefined ? 'named' : 'sent']))
          .join(' '),
  );

const [a, b, c] = [tokenFrame('s/1/0', 4, 8), tokenFrame('s/1/1', 9, 8), tokenFrame('s/1/2', 1, 8)];

describe.skipIf(!tensorReaderOrSkip())('frames that vLLM was sent before', () => {
  test('are asked for by name where all of a question were, and never beside one that is new', async () => {
    const { server, open } = await scene(true);
    const host = await open(true);
    expect(await ask(host, a, b)).toBe('Seen: 4 9.');
    expect(await ask(host, a, b)).toBe('Seen: 4 9.');
    expect(await ask(host, a, b, c)).toBe('Seen: 4 9 1.');
    expect(await ask(host, b, c)).toBe('Seen: 9 1.');
    expect(ways(server.chats)).toEqual(['sent sent', 'named named', 'sent sent sent', 'named named']);
    expect(server.crashed).toBeUndefined();
  });

  test('are sent in full each time unless reuse is on', async () => {
    const { server, open } = await scene(true);
    const host = await open(false);
    await ask(host, a);
    await ask(host, a);
    expect(ways(server.chats)).toEqual(['sent', 'sent']);
  });

  test('are sent once more when the host has let them go, and the answer is whole', async () => {
    const { server, kept, open } = await scene(true);
    const host = await open(true);
    await ask(host, a, b);
    kept.clear();
    expect(await ask(host, a, b)).toBe('Seen: 4 9.');
    expect(await ask(host, a, b)).toBe('Seen: 4 9.');
    expect(ways(server.chats)).toEqual(['sent sent', 'refused', 'sent sent', 'named named']);
  });

  test('a host that keeps nothing is asked by name twice, and never again', async () => {
    const { server, open } = await scene(false);
    const host = await open(true);
    for (let i = 0; i < 5; i++) expect(await ask(host, a)).toBe('Seen: 4.');
    expect(ways(server.chats)).toEqual(['sent', 'refused', 'sent', 'refused', 'sent', 'sent', 'sent']);
  });

  test('have a name that stands for their tokens: the same id with other tokens is another one', async () => {
    const { server, open } = await scene(true);
    const one = await open(true);
    const other = await open(true);
    await ask(one, tokenFrame('door/1/0', 4, 8, 'a door'));
    // The same id from another server: with the id alone for a name this would end the engine.
    expect(await ask(other, tokenFrame('door/1/0', 9, 8, 'a yard'))).toBe('Seen: 9.');
    expect(await ask(one, tokenFrame('door/1/0', 4, 8, 'a wall'))).toBe('Seen: 4.');
    expect(ways(server.chats)).toEqual(['sent', 'sent', 'sent']);
    expect(server.crashed).toBeUndefined();
    const names = server.chats.flatMap(({ chat }) =>
      chat?.parts.flatMap((part) => ('uuid' in part ? [part.uuid] : [])),
    );
    expect(new Set(names).size).toBe(3);
  });

  test('have the same name in every question: the host finds what it computed for them', async () => {
    const { server, open } = await scene(true);
    const host = await open(false);
    await ask(host, a, b);
    await ask(host, a, b, c);
    const [first = [], second = []] = server.chats.map(({ chat }) =>
      chat?.parts.flatMap((part) => ('uuid' in part ? [part.uuid] : [])),
    );
    expect(second.slice(0, 2)).toEqual(first);
  });
});
