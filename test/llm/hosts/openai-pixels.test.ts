import { openOpenAiPixels } from '#dist/llm/hosts/openai-pixels.js';
import { pictureFrames, pictureTarget } from '#dist/llm/pictures/picture-frames.js';
import { openSource } from '#dist/decode/open-source.js';
import type { PictureHost } from '#dist/llm/host.js';
import type { PictureHostOptions } from '#dist/llm/hosts/realtime-host.js';
import { ContextWindow } from '#dist/llm/window/context-window.js';
import { pictureAging } from '#dist/llm/window/picture-aging.js';
import type { PictureContent } from '#dist/llm/window-frame.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clip } from '../../support/clips.ts';
import { heldFrame, pictureFrame, textOf, viewOf } from '../../support/picture-views.ts';
import { PixelHostServer, deadUrl } from '../../support/pixel-host-server.ts';
import type { Mischief } from '../../support/pixel-host-server.ts';
import { rejection } from '../../support/rejection.ts';
import { until } from '../../support/sleep.ts';

const prompt = 'What is there?';

async function open(server: PixelHostServer, options: PictureHostOptions = {}): Promise<PictureHost> {
  const host = await openOpenAiPixels({ url: server.url, model: 'seer', silenceS: 20, ...options });
  onTestFinished(() => host.close());
  return host;
}

async function oneFrame() {
  return { window: viewOf([await pictureFrame(0)]), prompt };
}

test('a window is pictures at their sizes, times, and words where nothing has happened', async () => {
  const server = await PixelHostServer.start();
  const host = await open(server);
  const [aged, shown] = [await pictureFrame(0, 9), await pictureFrame(3)];
  const window = viewOf([aged, heldFrame(1, aged), shown]);
  const text = await textOf(host.ask({ window, prompt, system: 'Be short.', maxTokens: 20, temperature: 0.5 }));
  expect(text).toBe('A red door.');
  expect(server.asked).toEqual([
    {
      model: 'seer',
      system: 'Be short.',
      content: [
        '[0:00:00.000]',
        'jpeg 96x72 low',
        '[0:00:01.000] as at 0:00:00.0 [0:00:03.000]',
        'jpeg 384x288 low',
        prompt,
      ],
      maxTokens: 20,
      temperature: 0.5,
    },
  ]);
});

test('a clip in which nothing happens is sent as one picture', async () => {
  const server = await PixelHostServer.start();
  const host = await open(server);
  const source = await openSource(await clip('upright'), pictureTarget({}, 'native'));
  onTestFinished(() => source.close());
  const window = new ContextWindow<PictureContent>({ ladder: [1, 9, 36, 144], maxTokens: 1000, aging: pictureAging });
  for await (const frame of pictureFrames(source, {}, new AbortController().signal)) window.push(frame);
  await textOf(host.ask({ window: window.view(), prompt }));
  const [{ content } = { content: [] }] = server.asked;
  expect(content.filter((part) => part.startsWith('jpeg'))).toEqual(['jpeg 384x288 low']);
});

test('a larger picture is not to be looked at as a small one', async () => {
  const server = await PixelHostServer.start();
  const host = await open(server, { edge: 1024 });
  const frame = await pictureFrame(0);
  const { default: sharp } = await import('sharp');
  const jpeg = await sharp(frame.content.jpeg).resize(1024, 768).jpeg().toBuffer();
  const window = viewOf([{ ...frame, content: { jpeg, width: 1024, height: 768 } }]);
  await textOf(host.ask({ window, prompt }));
  expect(server.asked[0]?.content[1]).toBe('jpeg 1024x768 auto');
});

test('without a model the first that is served is asked, and its context is known', async () => {
  const server = await PixelHostServer.start();
  const host = await openOpenAiPixels({ url: server.url });
  expect(host.contextTokens).toBe(2048);
  await textOf(host.ask(await oneFrame()));
  expect(server.asked[0]?.model).toBe('seer');
});

test('an empty window is a question alone', async () => {
  const server = await PixelHostServer.start();
  const host = await open(server);
  await textOf(host.ask({ window: viewOf([]), prompt }));
  expect(server.asked[0]?.content).toEqual([prompt]);
});

describe('what goes wrong', () => {
  async function failure(mischief: Mischief, options: PictureHostOptions = {}) {
    const server = await PixelHostServer.start(mischief);
    const host = await open(server, { attempts: 2, ...options });
    return rejection(textOf(host.ask(await oneFrame())));
  }

  test('nobody listens', async () => {
    const host = await openOpenAiPixels({ url: await deadUrl(), model: 'seer', attempts: 2 });
    const error = await rejection(textOf(host.ask(await oneFrame())));
    expect(error.code).toBe('HOST_UNREACHABLE');
    expect(error.what).toContain('Tried 2 times');
  });

  test.each([
    ['silence', { kind: 'silent' }, 'HOST_UNREACHABLE'],
    ['silence within the answer', { kind: 'stops' }, 'HOST_UNREACHABLE'],
    ['429', { kind: 'status', status: 429 }, 'HOST_BUSY'],
    ['503', { kind: 'status', status: 503 }, 'HOST_BUSY'],
    ['500', { kind: 'status', status: 500 }, 'HOST_FAILED'],
    ['a context that is full', { kind: 'status', status: 400, words: 'maximum context length is 9' }, 'CONTEXT_FULL'],
    ['an answer that breaks off', { kind: 'cut' }, 'HOST_FAILED'],
    ['an answer that is none', { kind: 'nonsense' }, 'HOST_FAILED'],
    ['an answer without end', { kind: 'endless' }, 'HOST_FAILED'],
  ] as const)('%s', async (_, mischief, code) => {
    const { kind } = mischief;
    const waits = kind === 'silent' || kind === 'stops';
    expect((await failure(mischief, waits ? { silenceS: 0.3 } : {})).code).toBe(code);
  });

  test('a wrong key is refused at once, and shown to nobody', async () => {
    const server = await PixelHostServer.start();
    server.key = 'sk-right';
    const host = await open(server, { key: 'sk-wrong-4711' });
    const error = await rejection(textOf(host.ask(await oneFrame())));
    expect(error.code).toBe('HOST_REFUSED');
    expect(JSON.stringify([error.message, error.stack, host.name])).not.toContain('4711');
  });

  test('what passes is tried again', async () => {
    const server = await PixelHostServer.start({ kind: 'status', status: 429, times: 2, retryAfterS: 0 });
    const host = await open(server);
    expect(await textOf(host.ask(await oneFrame()))).toBe('A red door.');
  });

  test('a question that is taken back ends at once, and the host hears of it', async () => {
    const server = await PixelHostServer.start({ kind: 'stops' });
    const host = await open(server);
    const abort = new AbortController();
    const pieces = [];
    for await (const piece of host.ask({ ...(await oneFrame()), signal: abort.signal })) {
      pieces.push(piece);
      abort.abort();
    }
    expect(pieces).toEqual(['A red ']);
    await until(() => server.left === 1);
  });

  test('a service of its own needs a key, and no address may hold one', async () => {
    expect((await rejection(openOpenAiPixels({}))).code).toBe('OPTION_INVALID');
    const error = await rejection(openOpenAiPixels({ url: 'https://me:hush-4711@example.org/v1', model: 'a' }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).not.toContain('4711');
  });
});
