import type { PictureHost } from '#dist/llm/host.js';
import { openOpenAiRealtime } from '#dist/llm/hosts/realtime.js';
import type { PictureHostOptions } from '#dist/llm/hosts/realtime-host.js';
import type { PictureContent, WindowFrame } from '#dist/llm/window-frame.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { failsLikeLiveHosts } from '../../support/live-host-mishaps.ts';
import type { Trick } from '../../support/live-host-servers.ts';
import { heldFrame, pictureFrame, textOf, viewOf } from '../../support/picture-views.ts';
import { RealtimeServer } from '../../support/realtime-host-server.ts';
import { rejection } from '../../support/rejection.ts';
import { until } from '../../support/sleep.ts';

const prompt = 'What is there?';

async function open(server: RealtimeServer, options: PictureHostOptions = {}): Promise<PictureHost> {
  const url = `${server.origin}/v1`;
  const host = await openOpenAiRealtime({ url, key: server.key, silenceS: 20, ...options });
  onTestFinished(() => host.close());
  return host;
}

function ask(host: PictureHost, frames: readonly WindowFrame<PictureContent>[], cuts = 0): Promise<string> {
  return textOf(host.ask({ window: viewOf(frames, cuts), prompt }));
}

test('a window is items of the conversation, and the answer is text', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server, { model: 'gpt-realtime-mini' });
  const [aged, shown] = [await pictureFrame(0, 36), await pictureFrame(2)];
  const window = viewOf([aged, heldFrame(1, aged), shown]);
  expect(await textOf(host.ask({ window, prompt, system: 'Be short.' }))).toBe('A red door.');
  expect(server.asked).toEqual([
    [
      '[0:00:00.000]',
      'jpeg 192x144 low',
      '[0:00:01.000]',
      'as at 0:00:00.0',
      '[0:00:02.000]',
      'jpeg 384x288 low',
      prompt,
    ],
  ]);
  expect(server.instructions).toEqual(['Be short.']);
  expect(server.models).toEqual(['gpt-realtime-mini']);
});

test('only what is new is sent, and neither questions nor answers stay', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server);
  const frames = await Promise.all([0, 1, 2].map((i) => pictureFrame(i)));
  await ask(host, frames.slice(0, 1));
  await ask(host, frames.slice(0, 2));
  await ask(host, frames);
  expect([server.connections, server.pictures]).toEqual([1, 3]);
  expect(server.asked[2]).toEqual([
    ...['[0:00:00.000]', 'jpeg 384x288 low', '[0:00:01.000]', 'jpeg 384x288 low'],
    ...['[0:00:02.000]', 'jpeg 384x288 low', prompt],
  ]);
});

test('another stream whose frames have the same ids is told anew', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server);
  await ask(host, [await pictureFrame(0)]);
  await ask(host, [await pictureFrame(0, 144, 'blue')]);
  expect(server.pictures).toBe(2);
});

test('what has aged, and what was let go, is taken out of the conversation', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server);
  const [first, second, third] = await Promise.all([0, 1, 2].map((i) => pictureFrame(i)));
  await ask(host, [first!, second!, third!]);
  await ask(host, [{ ...second!, id: 'cam/0/1@9', tokens: 9 }, third!], 1);
  expect(server.connections).toBe(1);
  expect(server.asked[1]).toEqual([
    ...['[0:00:01.000]', 'jpeg 96x72 low', '[0:00:02.000]', 'jpeg 384x288 low'],
    prompt,
  ]);
});

test('a long time without anything new is not sent again and again', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server);
  const shown = await pictureFrame(0);
  const frames = [shown, ...Array.from({ length: 100 }, (_, i) => heldFrame(i + 1, shown))];
  await ask(host, frames.slice(0, 100));
  const { deleted } = server;
  await ask(host, frames);
  // The question, and the one item that had room.
  expect(server.deleted - deleted).toBeLessThanOrEqual(2);
  expect(server.pictures).toBe(1);
});

test('questions wait for each other', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server);
  const frame = await pictureFrame(0);
  const answers = await Promise.all([1, 2, 3].map(() => ask(host, [frame])));
  expect(answers).toEqual(['A red door.', 'A red door.', 'A red door.']);
  expect(server.connections).toBe(1);
});

test('a question that is taken back is cancelled there, and the next one is answered', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server);
  const frame = await pictureFrame(0);
  server.tricks = [{ on: 'question', say: ['Once '], then: 'silent' }];
  for await (const piece of host.ask({ window: viewOf([frame]), prompt })) {
    expect(piece).toBe('Once ');
    break;
  }
  expect(await ask(host, [frame])).toBe('A red door.');
  expect([server.cancelled, server.connections]).toEqual([1, 1]);
});

test('an abort ends the answer at once, and while it waits for its turn', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server);
  const window = viewOf([await pictureFrame(0)]);
  server.tricks = [{ on: 'question', then: 'silent' }];
  const [first, second] = [new AbortController(), new AbortController()];
  const answers = [first, second].map(({ signal }) => textOf(host.ask({ window, prompt, signal })));
  await until(() => server.asked.length === 1);
  second.abort();
  expect(await answers[1]).toBe('');
  first.abort();
  expect(await answers[0]).toBe('');
  await until(() => server.cancelled === 1);
});

test('a connection that was lost between two questions is made again', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server);
  const frame = await pictureFrame(0);
  await ask(host, [frame]);
  server.cut();
  await until(() => server.open === 0);
  expect(await ask(host, [frame])).toBe('A red door.');
  expect([server.connections, server.pictures]).toEqual([2, 2]);
});

test('after close nothing is open and nothing is asked', async () => {
  const server = await RealtimeServer.start();
  const host = await open(server);
  const frame = await pictureFrame(0);
  await ask(host, [frame]);
  await host.close();
  await host.close();
  await until(() => server.open === 0);
  await expect(ask(host, [frame])).rejects.toMatchObject({ code: 'ABORTED' });
});

describe('what goes wrong', () => {
  const failed = (code: string): Trick => ({
    on: 'question',
    event: { type: 'response.done', response: { status: 'failed', status_details: { error: { code, type: 'x' } } } },
  });
  const complaint = { type: 'error', error: { type: 'invalid_request_error', message: 'no' } };
  failsLikeLiveHosts({ start: () => RealtimeServer.start(), open, cuts: () => false }, [
    ['a model that it does not know', { on: 'connect', status: 404, words: 'no such model' }, 'HOST_REFUSED'],
    ['a session that ends', { on: 'question', closes: 1001, words: 'Your session hit its limit' }, 'HOST_FAILED'],
    ['a rate limit', failed('rate_limit_exceeded'), 'HOST_BUSY'],
    ['a failure of its own', failed('server_error'), 'HOST_FAILED'],
    ['a complaint', { on: 'question', event: complaint }, 'HOST_REFUSED'],
  ]);

  test('a wrong key is refused at once, and shown to nobody', async () => {
    const server = await RealtimeServer.start();
    const host = await open(server, { key: 'sk-wrong-4711' });
    const error = await rejection(ask(host, []));
    expect(error.code).toBe('HOST_REFUSED');
    expect(server.connections).toBe(0);
    expect(JSON.stringify([error.message, error.stack, host.name])).not.toContain('4711');
  });

  test('what passes is tried again, in a new session with the whole window', async () => {
    const server = await RealtimeServer.start();
    const host = await open(server);
    server.tricks = [
      { on: 'connect', status: 429, words: 'slow down', retryAfterS: 0 },
      { on: 'question', then: 'cut' },
    ];
    expect(await ask(host, [await pictureFrame(0)])).toBe('A red door.');
    expect([server.connections, server.pictures]).toEqual([2, 2]);
  });

  test('complaints about what is over are none', async () => {
    const server = await RealtimeServer.start();
    const host = await open(server);
    const error = { type: 'invalid_request_error', code: 'response_cancel_not_active', message: 'no active response' };
    server.tricks = [{ on: 'question', event: { type: 'error', error } }];
    const abort = new AbortController();
    const answer = textOf(host.ask({ window: viewOf([]), prompt, signal: abort.signal }));
    await until(() => server.asked.length === 1);
    abort.abort();
    expect(await answer).toBe('');
    expect(server.connections).toBe(1);
  });

  test('a service of its own needs a key, and no address may hold one', async () => {
    const opening = async (options: PictureHostOptions) => openOpenAiRealtime(options);
    expect((await rejection(opening({}))).code).toBe('OPTION_INVALID');
    const error = await rejection(opening({ url: 'wss://me:hush-4711@example.org' }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).not.toContain('4711');
  });
});
