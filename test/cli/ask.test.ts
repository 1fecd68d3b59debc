import { CommanderError } from 'commander';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeProgram } from '#dist/cli/program.js';
import type { Client } from '#dist/client/client.js';
import type { FramenestError } from '#dist/errors.js';
import { ChatServer } from '../llm/ask/chat-server.ts';
import { clip } from '../support/clips.ts';
import { escapeCode, framenest, start } from '../support/cli.ts';
import type { Running } from '../support/cli.ts';
import { jsonLines } from '../support/json-lines.ts';
import { LiveService } from '../support/live-service.ts';
import { until } from '../support/sleep.ts';
import { tinyFolder } from '../support/tiny-onnx.ts';
import { sharedTensorReader, tensorReaderOrSkip } from '../support/tensor-reader.ts';
import { TokenHostServer } from '../support/token-host-server.ts';

interface Line {
  readonly t0: number;
  readonly t1: number;
  readonly text?: string;
  readonly tokens: number;
  readonly coalesced: number;
  readonly atMs?: number;
  readonly error?: { readonly code: string; readonly retryable: boolean };
}

const linesOf = (text: string): Line[] => jsonLines(text) as Line[];

const live = 'lavfi:testsrc2=size=160x120:rate=10,realtime';
/** Two seconds of one scene, then one of another, each with a moving picture in it. */
const scenes = (count: number): string =>
  `lavfi:${Array.from({ length: count }, (_, i) => `${i % 2 ? 'testsrc' : 'mandelbrot'}=s=320x240:r=10,trim=duration=2,setsar=1,format=yuv420p[v${i}]`).join(';')};${Array.from({ length: count }, (_, i) => `[v${i}]`).join('')}concat=n=${count}`;
const seer = (server: ChatServer): string[] => ['--host', server.spec, '--model', 'seer'];

/** Waits until a command has printed so many lines. */
async function printed(running: Running, count: number): Promise<Line[]> {
  await until(() => linesOf(running.stdout).length >= count || !running.isRunning);
  return linesOf(running.stdout);
}

/** Waits until a stream has made so many frames more. */
async function framesGo(client: Client, count: number): Promise<void> {
  let first: number | undefined;
  for await (const item of client.subscribe('cam', { values: false })) {
    if (item.type !== 'packet') continue;
    first ??= item.packet.header.sequence;
    if (item.packet.header.sequence >= first + count) return;
  }
}

async function interrupted(running: Running): Promise<number | null> {
  running.child.kill('SIGINT');
  return (await running.ended()).status;
}

describe('framenest ask, once', () => {
  test('prints when the answer is about and then the answer, for people', async () => {
    const server = await new ChatServer(() => ['A cat\u001b[31m ', 'and a dog.']).start();
    const said = ['--system', 'Be brief.', '--max-tokens', '33', '--temperature', '0.5'];
    const { status, stdout, stderr } = await framenest(
      ['ask', await clip('constant'), 'What is there?', ...seer(server), '--fps', '5', ...said],
      { env: { FRAMENEST_HOST_KEY: 's3cret', OPENAI_API_KEY: 'stray' } },
    );
    expect([status, stderr, server.refused]).toEqual([0, '', []]);
    expect(stdout).toMatch(/^0:00:00\.000 – 0:00:02\.\d{3} {2}\d+ tokens\nA cat\[31m and a dog\.\n$/);
    expect(stdout).not.toMatch(escapeCode);
    expect(server.chats).toMatchObject([
      { system: 'Be brief.', prompt: 'What is there?', maxTokens: 33, temperature: 0.5 },
    ]);
    expect(server.chats[0]?.authorization).toBe('Bearer s3cret');
    expect(server.chats[0]?.pictures).toBeGreaterThan(1);
  });

  test('prints one object with --json', async () => {
    const server = await new ChatServer().start();
    const { status, stdout } = await framenest(['ask', await clip('constant'), 'What?', ...seer(server), '--json']);
    expect(status).toBe(0);
    const [line, ...more] = linesOf(stdout);
    expect(more).toEqual([]);
    expect(Object.keys(line ?? {})).toEqual(['t0', 't1', 'text', 'tokens', 'coalesced']);
    expect(line).toMatchObject({ t0: 0, text: `I see ${server.chats[0]!.pictures}.`, coalesced: 0 });
    expect(line?.t1).toBeGreaterThan(1.5);
    expect(line?.tokens).toBeGreaterThan(1);
  });

  test('keeps the window within --context, and the answer within what is left', async () => {
    const server = await new ChatServer().start();
    const { stdout } = await framenest([
      'ask',
      await clip('long'),
      'What?',
      ...seer(server),
      '--json',
      '--policy',
      'fixed:144',
      '--context',
      '500',
    ]);
    expect(linesOf(stdout)[0]?.tokens).toBeLessThanOrEqual(500);
  });

  test('ends with the status of what the host says, and the text for people and for programs', async () => {
    const server = await new ChatServer().start();
    server.mishaps.push(401);
    const { status, stdout, stderr } = await framenest([
      'ask',
      await clip('constant'),
      'What?',
      ...seer(server),
      '--json',
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error HOST_REFUSED /);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'HOST_REFUSED', retryable: false } });
  });

  test('of a live stream asks after --context-seconds of it, by its stills', async () => {
    const service = await LiveService.start([{ name: 'cam', input: live, live: true }]);
    const server = await new ChatServer().start();
    const args = ['--context-seconds', '1', '--json'];
    const { status, stdout, stderr } = await framenest(['ask', service.url, 'What?', ...seer(server), ...args]);
    expect([status, stderr]).toEqual([0, '']);
    const [line] = linesOf(stdout);
    expect(line!.t1 - line!.t0).toBeGreaterThanOrEqual(0.9);
    expect(Math.abs(Date.now() - line!.atMs!)).toBeLessThan(60_000);
    expect(server.chats[0]?.pictures).toBeGreaterThan(0);
  });

  test('is stopped by Ctrl-C with its status', async () => {
    const server = await new ChatServer().start();
    server.holding = true;
    const running = start(['ask', await clip('constant'), 'What?', ...seer(server)]);
    await until(() => server.open === 1);
    expect(await interrupted(running)).toBe(130);
    await until(() => server.open === 0);
  });
});

describe.skipIf(!tensorReaderOrSkip())('framenest ask with tokens', () => {
  const rules = { kind: 'vllm', model: 'm', hidden: 48 } as const;
  const vision = { side: 96, patch: 4, channels: 48 };
  const reader = sharedTensorReader();
  const tokenHost = async (): Promise<TokenHostServer> => {
    const host = await TokenHostServer.start({ ...rules, kept: new Map() }, reader);
    onTestFinished(() => host.close());
    return host;
  };

  test('sends a video as tokens, and a stream of a server too', async () => {
    const host = await tokenHost();
    const encoder = await tinyFolder(vision, { stage: 'post' });
    const to = ['--host', `vllm:${host.url}`, '--hidden', '48', '--json'];
    const film = ['--encoder', encoder, '--fps', '5', '--policy', 'fidelity'];
    const own = await framenest(['ask', await clip('constant'), 'What?', ...to, ...film]);
    expect([own.status, own.stderr, host.crashed]).toEqual([0, '', undefined]);
    const sum = (text = ''): number => (text.match(/\d+/g) ?? []).map(Number).reduce((a, b) => a + b, 0);
    const [line] = linesOf(own.stdout);
    expect(line?.text).toMatch(/^Seen: (\d+ )+\d+\.$/);
    expect(sum(line?.text)).toBe(line?.tokens);

    const serving = start(['serve', '--source', `film=${await clip('constant')}`, '--port', '0', ...film]);
    const [, url = ''] = await serving.prints(/^(ws:\S+)/m);
    const served = await framenest(['ask', url, 'What?', ...to]);
    expect([served.status, served.stderr, host.crashed]).toEqual([0, '', undefined]);
    // The first packet of a subscription tells the whole grid: the tokens are the same but for that.
    expect(linesOf(served.stdout)[0]).toMatchObject({ t0: line?.t0, t1: line?.t1 });
    expect(sum(linesOf(served.stdout)[0]?.text)).toBe(linesOf(served.stdout)[0]?.tokens);
  });

  test('sends nothing where the tokens are not those of the model', async () => {
    const host = await tokenHost();
    const to = ['--host', `vllm:${host.url}`];
    const ask = async (encoder: string, ...more: string[]): Promise<string> => {
      const { status, stderr } = await framenest([
        'ask',
        await clip('constant'),
        'What?',
        '--encoder',
        encoder,
        ...to,
        ...more,
      ]);
      expect(status).toBe(1);
      return stderr;
    };
    const post = await tinyFolder(vision, { stage: 'post' });
    expect(await ask(await tinyFolder(vision), '--hidden', '48')).toMatch(/^error HOST_MISMATCH .*projector/);
    expect(await ask(post, '--hidden', '64')).toMatch(/^error HOST_MISMATCH .*48.*64|^error HOST_MISMATCH .*64.*48/);
    expect(await ask(post, '--hidden', '48', '--expects-encoder', 'sha256:other')).toMatch(/^error HOST_MISMATCH/);
    expect(await ask(post)).toMatch(/^error HOST_MISMATCH/);
    expect(host.chats).toEqual([]);
  });
});

describe('framenest ask, again and again', () => {
  test('holds a file back for each answer: every stretch of it is asked about, one at a time', async () => {
    const server = await new ChatServer().start();
    const { status, stdout } = await framenest([
      'ask',
      await clip('long'),
      'What?',
      ...seer(server),
      '--json',
      '--every',
      '2s',
      '--fps',
      '10',
    ]);
    expect(status).toBe(0);
    const lines = linesOf(stdout);
    expect(lines).toHaveLength(5);
    expect(lines.map(({ t0 }) => t0).slice(1)).toEqual(lines.map(({ t1 }) => t1).slice(0, -1));
    for (const { t0, t1 } of lines.slice(0, -1)) expect(Math.abs(t1 - t0 - 2)).toBeLessThan(0.25);
    expect(lines.at(-1)?.t1).toBeGreaterThan(9.8);
    expect(lines.every(({ coalesced }) => coalesced === 0)).toBe(true);
    expect(server.peak).toBe(1);
    expect(server.chats[1]?.prompt).toMatch(/^What\?\n\(About 0:00:02\.\d+ to 0:00:04\.\d+\.\)$/);
  });

  test('is asked at cuts, not more often than the cooldown says, and takes along what came meanwhile', async () => {
    const server = await new ChatServer().start();
    const ask = async (cooldown: string): Promise<Line[]> => {
      const { status, stdout, stderr } = await framenest([
        'ask',
        scenes(5),
        'What changed?',
        ...seer(server),
        '--json',
        '--on',
        'activity',
        '--fps',
        '10',
        '--cooldown',
        cooldown,
      ]);
      expect([status, stderr]).toEqual([0, '']);
      return linesOf(stdout);
    };
    const often = await ask('0s');
    for (const at of [2, 4, 6, 8]) expect(often.some(({ t1 }) => Math.abs(t1 - at) < 0.3)).toBe(true);
    const seldom = await ask('5s');
    for (let i = 1; i < seldom.length - 1; i++) expect(seldom[i]!.t1 - seldom[i - 1]!.t1).toBeGreaterThanOrEqual(5);
    expect(seldom.length).toBeLessThan(often.length);
    const triggers = (lines: Line[]): number => lines.reduce((sum, { coalesced }) => sum + 1 + coalesced, 0);
    expect(triggers(seldom)).toBe(triggers(often));
  });

  test('lets a live stream go on while the host is slow: what waits is one question about the newest frames', async () => {
    const service = await LiveService.start([{ name: 'cam', input: live, live: true }]);
    const server = await new ChatServer().start();
    server.holding = true;
    const running = start(['ask', service.url, 'What?', ...seer(server), '--json', '--every', '300ms']);
    // Each answer waits for two seconds of the stream: the next one stands for all that asked meanwhile.
    const client = await service.client();
    for (let count = 1; count <= 3; count++) {
      await until(() => server.chats.length === count);
      await framesGo(client, 20);
      expect(server.chats).toHaveLength(count);
      server.release();
    }
    server.holding = false;
    server.release();
    const lines = await printed(running, 4);
    for (const [i, line] of lines.slice(1).entries()) expect(line.t0).toBe(lines[i]?.t1);
    expect(Math.max(...lines.map(({ coalesced }) => coalesced))).toBeGreaterThanOrEqual(3);
    expect(server.peak).toBe(1);
    expect(await interrupted(running)).toBe(0);
  });

  test('hears of a cut in a stream of a server', async () => {
    const input = 'lavfi:testsrc=s=192x108:r=10[a];mandelbrot=s=192x108:r=10[b];';
    const cuts = `${input}[a][b]blend=all_expr='if(mod(floor(T/2),2),A,B)',realtime`;
    const service = await LiveService.start([{ name: 'cam', input: cuts, live: true }]);
    const server = await new ChatServer().start();
    const running = start([
      'ask',
      service.url,
      'What?',
      ...seer(server),
      '--json',
      '--on',
      'activity',
      '--cooldown',
      '1s',
    ]);
    const lines = await printed(running, 2);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(await interrupted(running)).toBe(0);
  });

  test('tells that the host is down, with code and time, and is answered when it is there', async () => {
    const service = await LiveService.start([{ name: 'cam', input: live, live: true }]);
    const server = await new ChatServer().start();
    await server.stop();
    const running = start(['ask', service.url, 'What?', ...seer(server), '--json', '--every', '1s']);
    const [down] = await printed(running, 1);
    expect(down).toMatchObject({ error: { code: 'HOST_UNREACHABLE', retryable: true } });
    expect(down!.t1).toBeGreaterThan(down!.t0);
    await server.start();
    await until(() => linesOf(running.stdout).some(({ text }) => text !== undefined) || !running.isRunning);
    const answered = linesOf(running.stdout).find(({ text }) => text !== undefined);
    // What nobody answered belongs to the first answer.
    expect(answered?.t0).toBe(down?.t0);
    expect(await interrupted(running)).toBe(0);
  });

  test('goes on after a host that breaks off half-way and one that fails, with a line for people each', async () => {
    const server = await new ChatServer(({ pictures }) => [`Saw ${pictures}.`]).start();
    server.mishaps.push('cut', 500, 500, 500, 500);
    const { status, stdout } = await framenest(['ask', await clip('long'), 'What?', ...seer(server), '--every', '3s']);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /tokens\nHalf an \nHOST_FAILED {2}.+\n\d.*tokens\nHOST_FAILED {2}.+\n\d.*tokens\nSaw \d+\.\n/,
    );
  });

  test('ends where asking again cannot help', async () => {
    const server = await new ChatServer().start();
    server.mishaps.push(404);
    const { status, stderr } = await framenest(['ask', await clip('long'), 'What?', ...seer(server), '--every', '1s']);
    expect([status, server.chats.length]).toEqual([1, 1]);
    expect(stderr).toMatch(/^error HOST_REFUSED/);
  });
});

describe('framenest ask refuses', () => {
  const host = ['--host', 'openai:http://127.0.0.1:1/v1', '--model', 'seer'];
  test.each<[string, string[]]>([
    ['no host', ['clip.mp4', 'What?']],
    ['an unknown host', ['clip.mp4', 'What?', '--host', 'chatgpt']],
    ['an empty question', ['clip.mp4', ' ', ...host]],
    ['a tree layout', ['clip.mp4', 'What?', ...host, '--policy', 'fidelity', '--layout', 'tree']],
    ['a cooldown for one question', ['clip.mp4', 'What?', ...host, '--cooldown', '5s']],
    ['a time that is none', ['clip.mp4', 'What?', ...host, '--every', 'often']],
    ['a time of nothing', ['clip.mp4', 'What?', ...host, '--every', '0s']],
    ['another occasion', ['clip.mp4', 'What?', ...host, '--on', 'friday']],
    ['a temperature below 0', ['clip.mp4', 'What?', ...host, '--temperature', '-1']],
    ['--grid without --hidden', ['clip.mp4', 'What?', ...host, '--grid', 'grid']],
    ['a stream of a video', ['clip.mp4', 'What?', ...host, '--stream', 'door']],
    ['frames a second of a stream that is made already', ['ws://127.0.0.1:1', 'What?', ...host, '--fps', '5']],
    ['a policy on features where there are none', ['/dev/null', 'What?', ...host, '--policy', 'fidelity']],
  ])('%s', async (_, args) => {
    // In this process: none of these comes as far as a host.
    const thrown: unknown = await makeProgram()
      .parseAsync(['ask', ...args], { from: 'user' })
      .catch((error: unknown) => error);
    const code = thrown instanceof CommanderError ? 'OPTION_INVALID' : (thrown as FramenestError).code;
    expect(code).toBe('OPTION_INVALID');
  });

  test('a context without room for a frame', async () => {
    const { status, stderr } = await framenest(['ask', await clip('constant'), 'What?', ...host, '--context', '3']);
    expect(stderr).toMatch(/^error OPTION_INVALID /);
    expect(status).toBe(2);
  });

  test('never repeats a key', async () => {
    const { status, stdout, stderr } = await framenest([
      'ask',
      'clip.mp4',
      'What?',
      '--host',
      'vllm:http://a:s3cret@b/v1',
    ]);
    expect(status).toBe(2);
    expect(stdout + stderr).not.toContain('s3cret');
  });
});
