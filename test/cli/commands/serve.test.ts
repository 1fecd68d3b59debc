import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { escapeCode, framenest, start } from '../../support/cli.ts';
import type { Running } from '../../support/cli.ts';
import { clip, fileOf } from '../../support/clips.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { quickEncoder } from '../../support/quick-encoder.ts';
import { RawClient } from '../../support/raw-client.ts';
import { until } from '../../support/sleep.ts';

let encoder = '';
let video = '';
beforeAll(async () => {
  encoder = await quickEncoder();
  video = await clip('long');
});

/** Starts a server on a free port; resolves with its address. */
async function serve(...args: string[]): Promise<{ server: Running; url: string; names: string }> {
  const server = start(['serve', '--port', '0', '--encoder', encoder, ...args]);
  const [, url = '', names = ''] = await server.prints(/^(ws:\S+) {2}(.*)\n/);
  return { server, url, names };
}

interface Row {
  readonly type: string;
  readonly sequence?: number;
  readonly frames?: { readonly tokens: number; readonly pts: string }[];
}

const rows = (text: string): Row[] => jsonLines(text) as Row[];
/** The lines of a server's log. */
const logged = (text: string): Record<string, unknown>[] => jsonLines(text) as Record<string, unknown>[];

describe('framenest serve and framenest watch', () => {
  test('bring a file from one process to another, as rows of JSON', async () => {
    const { server, url, names } = await serve('--source', `door=${video}`, '--fps', '5');
    expect(names).toBe('door');
    const { status, stdout, stderr } = await framenest(['watch', url, '--json']);
    expect([status, stderr]).toEqual([0, '']);
    const received = rows(stdout);
    const packets = received.filter(({ type }) => type === 'packet');
    expect(packets.map(({ sequence }) => sequence)).toEqual(packets.map((_, i) => i));
    const frames = packets.flatMap((packet) => packet.frames ?? []);
    expect(frames.every(({ pts }) => /^\d+$/.test(pts))).toBe(true);
    const tokens = frames.reduce((sum, frame) => sum + frame.tokens, 0);
    const totals = { type: 'end', stream: 'door', packets: packets.length, frames: frames.length, tokens };
    expect(received.at(-1)).toEqual(totals);
    expect(frames.length).toBeGreaterThan(40);

    const second = await framenest(['watch', url, '--json', '--from', String(packets.length - 2)]);
    expect(rows(second.stdout).map(({ type }) => type)).toEqual(['packet', 'packet', 'end']);
    server.child.kill('SIGTERM');
    const ended = await server.ended();
    expect(ended.status).toBe(0);
    expect(logged(ended.stderr).map(({ msg }) => msg)).toContain('stream ended');
  });

  test('keep to the budget of a file, which is read once before it is served', async () => {
    const flags = ['--fps', '5', '--policy', 'budget', '--budget', '300'];
    const { url } = await serve('--source', `door=${video}`, ...flags);
    const { stdout } = await framenest(['watch', url, '--json']);
    const { tokens } = rows(stdout).at(-1) as Row & { tokens: number };
    expect(tokens).toBeLessThanOrEqual(300);
    expect(tokens).toBeGreaterThanOrEqual(0.99 * 300);
  });

  test('refuse a ceiling below the frames, and a budget below one token for each of them', async () => {
    for (const [policy, what] of [
      [['rate', '--tokens-per-second', '4'], /"tokensPerSecond" is 4, below 5 frames/],
      [['budget', '--budget', '10'], /A budget of 10 tokens is less than/],
    ] as const) {
      const command = ['serve', '--port', '0', '--encoder', encoder, '--source', `a=${video}`, '--fps', '5'];
      const { status, stderr } = await framenest([...command, '--policy', ...policy]);
      expect(status).toBe(2);
      expect(stderr).toMatch(what);
    }
  });

  test('show people a table and totals, without an escape code where it is piped', async () => {
    const { url } = await serve('--source', `a=${video}`, '--source', `b=${video}`, '--fps', '2');
    const { status, stdout, stderr } = await framenest(['watch', url, '--stream', 'b']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(escapeCode);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^time +change +kind +scale +running tokens$/);
    expect(lines[1]).toMatch(/^0:00:00\.000 +1\.000 █{10} +uniform +144 +144$/);
    expect(stdout).toMatch(/fixed-144 would have cost │ \d+ tokens/);
  });

  test('end in order: goaway and 1001 for who listens, 0 for the server', async () => {
    const { server, url } = await serve('--source', 'cam=lavfi:testsrc=s=96x96:r=25', '--log-level', 'silent');
    const listener = await RawClient.open(url);
    const watching = start(['watch', url, '--json', '--no-reconnect']);
    await watching.prints(/"type":"packet"/);
    server.child.kill('SIGTERM');
    expect(await server.ended()).toMatchObject({ status: 0, stderr: '' });
    expect(listener.all('goaway')).toHaveLength(1);
    expect(await listener.closed()).toEqual({ status: 1001, reason: 'ABORTED' });
    const { status, stderr } = await watching.ended();
    expect(stderr).toContain('error ABORTED  The stream "cam" was stopped before its end.');
    expect(status).toBe(1);
  });

  test('let a watcher go at Ctrl-C with 0 and totals, and the server goes on', async () => {
    const { url } = await serve('--source', 'cam=lavfi:testsrc=s=96x96:r=25');
    const watching = start(['watch', url]);
    await watching.prints(/0:00:00\.\d+/);
    watching.child.kill('SIGINT');
    const { status, stdout, stderr } = await watching.ended();
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('tokens per frame');
    await (await RawClient.open(url)).caughtUp();
  });

  test('let a watcher go whose reader has seen enough', async () => {
    const { url } = await serve('--source', 'cam=lavfi:testsrc=s=96x96:r=25');
    const watching = start(['watch', url, '--json']);
    await watching.prints(/"type":"packet"/);
    watching.child.stdout?.destroy();
    expect(await watching.ended()).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('framenest serve', () => {
  test('serves what it can where a source fails, and logs the other with its code', async () => {
    const text = await fileOf('text.mp4', 'no video'.repeat(100));
    const { server, url, names } = await serve('--source', `bad=${text}`, '--source', `good=${video}`);
    expect(names).toBe('good');
    const client = await RawClient.open(url);
    expect((await client.first('welcome')).streams.map(({ name }) => name)).toEqual(['good']);
    await until(() => server.stderr.includes('INPUT_UNREADABLE'));
    expect(logged(server.stderr)).toContainEqual(
      expect.objectContaining({ level: 50, stream: 'bad', code: 'INPUT_UNREADABLE' }),
    );
  });

  test('ends with 1 where no source can be opened', async () => {
    const ended = await framenest(['serve', '--port', '0', '--encoder', encoder, '--source', 'bad=/no/such/file.mp4']);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/error INPUT_MISSING {2}/);
  });

  test('ends with 2 where a flag is given beside a configuration file, which it does not even read', async () => {
    const args = ['serve', '--config', '/no/such/framenest.yaml', '--port', '0'];
    const { status, stderr } = await framenest(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^error OPTION_INVALID {2}--port is given beside --config\.\n.*docs\/configuration\.md.*\n$/,
    );
  });

  test('ends with 2 where it is to listen beyond this machine', async () => {
    const args = ['serve', '--host', '0.0.0.0', '--encoder', encoder, '--log-level', 'silent'];
    const { status, stderr } = await framenest([...args, '--source', `a=${video}`]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error LISTEN_REFUSED {2}.*"0\.0\.0\.0".*\n.*FRAMENEST_TOKEN.*\n$/);
  });

  test('ends with 1 where the port is taken, live sources included', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const args = ['serve', '--port', String(port), '--encoder', encoder, '--log-level', 'silent'];
    const { status, stderr } = await framenest([...args, '--source', `a=${video}`]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error LISTEN_FAILED {2}.*EADDRINUSE/);
  });

  test('lets pages of the origins in that it was told, and no others', async () => {
    const { url } = await serve('--source', `a=${video}`, '--origin', 'http://localhost:5173', '--origin', 'http://b');
    const from = (origin: string) => RawClient.open(url, ['framenest.v1'], { headers: { origin } });
    await (await from('http://localhost:5173')).caughtUp();
    await (await from('http://b')).caughtUp();
    await expect(from('http://c')).rejects.toThrow('403');
  });

  test('never logs a password', async () => {
    const source = 'cam=http://user:s3cret@127.0.0.1:9/v.mp4?token=hidden';
    const ended = await framenest(['serve', '--port', '0', '--encoder', encoder, '--source', source]);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('127.0.0.1:9');
    expect(ended.stdout + ended.stderr).not.toMatch(/user|s3cret|hidden/);
  });
});

describe('framenest watch', () => {
  test('ends with 1 where nobody listens, and tells a program as JSON', async () => {
    const { status, stdout, stderr } = await framenest(['watch', 'ws://127.0.0.1:9', '--json']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error CONNECT_FAILED {2}Cannot connect to ws:\/\/127\.0\.0\.1:9: .*ECONNREFUSED/);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'CONNECT_FAILED', retryable: true } });
  });

  test('refuses an address with a password, without repeating it', async () => {
    const { status, stdout, stderr } = await framenest(['watch', 'ws://user:s3cret@127.0.0.1:9', '--json']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error OPTION_INVALID .*\n.*FRAMENEST_TOKEN/);
    expect(stdout + stderr).not.toContain('s3cret');
  });

  test('ends with 1 where the stream is unknown, and names those that are there', async () => {
    const { url } = await serve('--source', `a=${video}`);
    const { status, stderr } = await framenest(['watch', url, '--stream', 'b']);
    expect(status).toBe(1);
    expect(stderr).toBe('error STREAM_UNKNOWN  No stream is called "b".\nSubscribe to one of: a.\n');
  });
});
