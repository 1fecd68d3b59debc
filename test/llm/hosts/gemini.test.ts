import type { PictureHost } from '#dist/llm/host.js';
import { openGeminiLive } from '#dist/llm/hosts/gemini-live.js';
import type { PictureHostOptions } from '#dist/llm/hosts/realtime-host.js';
import type { PictureContent, WindowFrame } from '#dist/llm/window-frame.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GeminiServer } from '../../support/gemini-host-server.ts';
import { failsLikeLiveHosts } from '../../support/live-host-mishaps.ts';
import type { Trick } from '../../support/live-host-servers.ts';
import { heldFrame, pictureFrame, textOf, viewOf } from '../../support/picture-views.ts';
import { rejection } from '../../support/rejection.ts';
import { until } from '../../support/sleep.ts';

const prompt = 'What is there?';
const said = 'model: A red door.';

/** One that answers in text; those that speak are in gemini-spoken.test.ts. */
const MODEL = 'gemini-live-2.5-flash-preview';

async function open(server: GeminiServer, options: PictureHostOptions = {}): Promise<PictureHost> {
  const host = await openGeminiLive({ url: server.origin, key: server.key, silenceS: 20, model: MODEL, ...options });
  onTestFinished(() => host.close());
  return host;
}

function ask(host: PictureHost, frames: readonly WindowFrame<PictureContent>[], cuts = 0): Promise<string> {
  return textOf(host.ask({ window: viewOf(frames, cuts), prompt }));
}

test('a window is one turn of texts and pictures in order, and the answer is what is said aloud', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  const [aged, shown] = [await pictureFrame(0, 36), await pictureFrame(2)];
  const window = viewOf([aged, heldFrame(1, aged), shown]);
  const text = await textOf(host.ask({ window, prompt, system: 'Be short.', maxTokens: 20, temperature: 0.5 }));
  expect(text).toBe('A red door.');
  expect(server.asked).toEqual([
    ['[0:00:00.000]', 'jpeg 192x144', '[0:00:01.000]', 'as at 0:00:00.0', '[0:00:02.000]', 'jpeg 384x288', prompt],
  ]);
  expect(server.setups).toMatchObject([
    {
      model: 'models/gemini-live-2.5-flash-preview',
      generationConfig: { temperature: 0.5, maxOutputTokens: 20, mediaResolution: 'MEDIA_RESOLUTION_LOW' },
      systemInstruction: { parts: [{ text: 'Be short.' }] },
    },
  ]);
});

test('large pictures are looked at more closely', async () => {
  const server = await GeminiServer.start();
  await ask(await open(server, { edge: 768 }), [await pictureFrame(0)]);
  expect(server.setups[0]?.generationConfig.mediaResolution).toBe('MEDIA_RESOLUTION_MEDIUM');
});

test('while a window grows, only what is new is sent', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  const frames = await Promise.all([0, 1].map((i) => pictureFrame(i)));
  await ask(host, frames.slice(0, 1));
  await ask(host, frames);
  expect([server.connections, server.pictures]).toEqual([1, 2]);
  expect(server.asked[1]).toEqual([
    ...['[0:00:00.000]', 'jpeg 384x288', prompt, said],
    ...['[0:00:01.000]', 'jpeg 384x288', prompt],
  ]);
});

test('a window that was cut goes into a new session', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  const [first, second] = [await pictureFrame(0), await pictureFrame(1)];
  await ask(host, [first, second]);
  await ask(host, [{ ...first, id: 'cam/0/0@9', tokens: 9 }, second], 1);
  expect(server.connections).toBe(2);
  expect(server.asked[1]).toEqual(['[0:00:00.000]', 'jpeg 96x72', '[0:00:01.000]', 'jpeg 384x288', prompt]);
  expect(server.setups[1]?.sessionResumption).toEqual({});
  await until(() => server.open === 1);
});

test('a session that will end is gone on with in another one, and nothing is sent twice', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  const frames = await Promise.all([0, 1].map((i) => pictureFrame(i)));
  await ask(host, frames.slice(0, 1));
  server.goAway();
  server.cut();
  await until(() => server.open === 0);
  expect(await ask(host, frames)).toBe('A red door.');
  expect([server.connections, server.pictures]).toEqual([2, 2]);
  expect(server.setups[1]?.sessionResumption).toEqual({ handle: 'handle-0' });
  expect(server.asked[1]?.slice(0, 4)).toEqual(['[0:00:00.000]', 'jpeg 384x288', prompt, said]);
});

test('a state that the host has forgotten is sent anew', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  const frame = await pictureFrame(0);
  await ask(host, [frame]);
  server.cut();
  await until(() => server.open === 0);
  server.states.clear();
  expect(await ask(host, [frame])).toBe('A red door.');
  expect(server.asked[1]).toEqual(['[0:00:00.000]', 'jpeg 384x288', prompt]);
});

test('a host without handles is sent everything in a new session', async () => {
  const server = await GeminiServer.start();
  server.resumes = false;
  const host = await open(server);
  const frame = await pictureFrame(0);
  await ask(host, [frame]);
  server.cut();
  await until(() => server.open === 0);
  expect(await ask(host, [frame])).toBe('A red door.');
  expect(server.pictures).toBe(2);
});

test('a goodbye within an answer lets it come to its end', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  server.tricks = [{ on: 'question', event: { goAway: { timeLeft: '50s' } } }];
  const answer = ask(host, []);
  await until(() => server.asked.length === 1);
  server.finish();
  expect(await answer).toBe('A red door.');
  expect(await ask(host, [])).toBe('A red door.');
  expect(server.connections).toBe(2);
});

test('another system prompt needs another session', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  const window = viewOf([]);
  await textOf(host.ask({ window, prompt, system: 'Be short.' }));
  await textOf(host.ask({ window, prompt, system: 'Be long.' }));
  expect(server.setups.map(({ systemInstruction: words }) => words?.parts[0]?.text)).toEqual(['Be short.', 'Be long.']);
});

test('many pictures come in messages of a bounded size', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  const { default: sharp } = await import('sharp');
  const noise = { type: 'gaussian', mean: 128, sigma: 80 } as const;
  const create = { width: 384, height: 384, channels: 3, background: 'black', noise } as const;
  const jpeg = await sharp({ create }).jpeg({ quality: 100 }).toBuffer();
  const content = { jpeg, width: 384, height: 384 };
  const count = Math.ceil((3 << 20) / jpeg.length);
  const frames = Array.from({ length: count }, (_, i) => ({ id: `cam/0/${i}`, atS: i, tokens: 144, content }));
  await ask(host, frames);
  expect(server.pictures).toBe(count);
  expect(server.longest).toBeLessThan(1.5 * (1 << 20));
});

test('a question that is taken back leaves nothing open, and the next one is answered', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  server.tricks = [{ on: 'question', say: ['Once '], then: 'silent' }];
  for await (const piece of host.ask({ window: viewOf([]), prompt })) {
    expect(piece).toBe('Once ');
    break;
  }
  await until(() => server.open === 0);
  expect(await ask(host, [])).toBe('A red door.');
});

test('an abort ends the answer at once, also while it connects', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  server.tricks = [{ on: 'connect', silent: true }];
  const abort = new AbortController();
  const answer = textOf(host.ask({ window: viewOf([]), prompt, signal: abort.signal }));
  await until(() => server.connections === 1);
  abort.abort();
  expect(await answer).toBe('');
  await until(() => server.open === 0);
});

test('after close nothing is open', async () => {
  const server = await GeminiServer.start();
  const host = await open(server);
  await ask(host, []);
  await host.close();
  await host.close();
  await until(() => server.open === 0);
  await expect(ask(host, [])).rejects.toMatchObject({ code: 'ABORTED' });
});

describe('what goes wrong', () => {
  const closes = (code: number, words: string): Trick => ({ on: 'question', closes: code, words });
  const turnCompleteReason = 'PROHIBITED_INPUT_CONTENT';
  const refused = { serverContent: { turnComplete: true, turnCompleteReason } };
  failsLikeLiveHosts({ start: () => GeminiServer.start(), open, cuts: (trick) => !('event' in trick) }, [
    ['a wrong argument', closes(1007, 'Request contains an invalid argument.'), 'HOST_REFUSED'],
    ['a quota within', closes(1011, 'You exceeded your current quota, please check your plan.'), 'HOST_BUSY'],
    ['an internal error', closes(1011, 'Internal error encountered.'), 'HOST_FAILED'],
    ['an answer that it may not give', { on: 'question', event: refused }, 'HOST_REFUSED'],
  ]);

  test('a wrong key is refused at once, and shown to nobody', async () => {
    const server = await GeminiServer.start();
    const host = await open(server, { key: 'AIza-wrong-4711' });
    const error = await rejection(ask(host, []));
    expect(error.code).toBe('HOST_REFUSED');
    expect(error.what).toContain('API key not valid');
    expect(server.connections).toBe(1);
    expect(JSON.stringify([error.message, error.stack, host.name])).not.toContain('4711');
  });

  test('a model that the service does not know is named', async () => {
    const server = await GeminiServer.start();
    const host = await open(server, { model: 'gemini-2.0-flash-live-001' });
    const error = await rejection(ask(host, []));
    expect(error.code).toBe('HOST_REFUSED');
    expect(error.what).toContain('gemini-2.0-flash-live-001');
  });

  test('what passes is tried again', async () => {
    const server = await GeminiServer.start();
    const host = await open(server);
    server.tricks = [
      { on: 'connect', status: 503, words: 'later', retryAfterS: 0 },
      { on: 'question', then: 'cut' },
    ];
    expect(await ask(host, [await pictureFrame(0)])).toBe('A red door.');
  });

  test('a service of its own needs a key', async () => {
    const opening = async (options: PictureHostOptions) => openGeminiLive(options);
    expect((await rejection(opening({}))).code).toBe('OPTION_INVALID');
  });
});
