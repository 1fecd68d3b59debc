import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SummaryReport } from '#dist/llm/summary/summary-report.js';
import { ChatServer } from '../llm/ask/chat-server.ts';
import { clip } from '../support/clips.ts';
import { framenest, start } from '../support/cli.ts';
import { hasRtspServer, rtspCamera } from '../support/rtsp-camera.ts';
import { until } from '../support/sleep.ts';
import { sharedTensorReader, tensorReaderOrSkip } from '../support/tensor-reader.ts';
import { tinyFolder } from '../support/tiny-onnx.ts';
import { TokenHostServer } from '../support/token-host-server.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'framenest-summarize-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const seer = (server: ChatServer): string[] => ['--host', server.spec, '--model', 'seer'];

/** Twelve seconds, each with a picture of its own. */
const changing = 'lavfi:testsrc2=s=160x120:r=5,trim=duration=12';

describe('framenest summarize', () => {
  test('writes Markdown and JSON with times, and prints one of them', async () => {
    const server = await new ChatServer(({ pictures }, count) => [
      `Note ${count} `,
      `of ${pictures} pictures.`,
    ]).start();
    const out = await folder();
    const args = ['--part', '4s', '--out', out, '--fps', '2', '--about', 'the moving square'];
    const { status, stdout, stderr } = await framenest(['summarize', changing, ...seer(server), ...args]);
    expect([status, stderr, server.refused]).toEqual([0, '', []]);
    const markdown = await readFile(join(out, 'summary.md'), 'utf8');
    expect(stdout).toBe(`${markdown}\n${join(out, 'summary.md')}\n`);
    expect(markdown).toContain('### 0:00:04 – 0:00:08');
    const report = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')) as SummaryReport;
    expect(report.parts.map(({ text }) => text)).toEqual(
      server.chats.slice(0, 3).map(({ pictures }, i) => `Note ${i + 1} of ${pictures} pictures.`),
    );
    expect(report.summary).toBe('Note 4 of 0 pictures.');
    expect(report.tokens).toBeGreaterThan(10);
    expect(server.chats.map(({ pictures }) => pictures > 0)).toEqual([true, true, true, false]);
    expect(server.chats[0]?.prompt).toContain('Above all: the moving square');
    for (const { text } of report.parts) expect(server.chats[3]?.prompt).toContain(text);
    const again = await framenest(['summarize', changing, ...seer(server), ...args, '--json']);
    expect(JSON.parse(again.stdout)).toEqual({ ...report, out });
    // Nothing was asked twice.
    expect(server.chats).toHaveLength(4);
  });

  test('goes on where a killed run was, and keeps what was finished where the host fails', async () => {
    const server = await new ChatServer((_, count) => [`Note ${count}.`]).start();
    const out = await folder();
    const args = ['summarize', changing, ...seer(server), '--part', '3s', '--out', out, '--json'];
    const running = start(args);
    await until(() => server.chats.length === 1 || !running.isRunning);
    server.holding = true;
    await until(() => existsSync(join(out, 'note-0-00000.json')));
    await until(() => server.open === 1);
    running.child.kill('SIGKILL');
    await running.ended();
    server.holding = false;
    server.release();
    const before = server.chats.length;
    server.mishaps.push(401);
    const failed = await framenest(args);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^error HOST_REFUSED /);
    const { status, stdout } = await framenest(args);
    expect(status).toBe(0);
    const { parts } = JSON.parse(stdout) as SummaryReport;
    expect(parts).toHaveLength(4);
    expect(parts[0]?.text).toBe('Note 1.');
    // The refused one, the parts that were missing, and the summary.
    expect(server.chats.length - before).toBe(1 + 3 + 1);
  });

  test('refuses an empty part, and the folder of another summary', async () => {
    const server = await new ChatServer().start();
    const out = await folder();
    const args = [...seer(server), '--out', out, '--part', '20s'];
    const video = await clip('constant');
    expect((await framenest(['summarize', video, ...args])).status).toBe(0);
    const other = await framenest(['summarize', video, ...args, '--about', 'cats']);
    expect(other.stderr).toMatch(/^error OUTPUT_FAILED .*other about/s);
    const nothing = await framenest(['summarize', video, ...seer(server), '--part', '0s']);
    expect([nothing.status, nothing.stderr]).toEqual([2, expect.stringMatching(/OPTION_INVALID {2}--part/) as string]);
    expect(server.chats).toHaveLength(1);
  });
});

describe.skipIf(!hasRtspServer)('framenest summarize of a camera', () => {
  test('is refused: it has no end', async () => {
    const server = await new ChatServer().start();
    const url = `rtsp://${await rtspCamera()}`;
    const { status, stderr } = await framenest(['summarize', url, ...seer(server), '--out', await folder()]);
    expect([status, server.chats]).toEqual([2, []]);
    expect(stderr).toMatch(/^error OPTION_INVALID {2}The input is a camera/);
  });
});

describe.skipIf(!tensorReaderOrSkip())('framenest summarize with tokens', () => {
  const reader = sharedTensorReader();

  test('sends the tokens of each part, and questions without any about the notes', async () => {
    const host = await TokenHostServer.start({ kind: 'vllm', model: 'm', hidden: 48, kept: new Map() }, reader);
    onTestFinished(() => host.close());
    const encoder = await tinyFolder({ side: 96, patch: 4, channels: 48 }, { stage: 'post' });
    const to = ['--host', `vllm:${host.url}`, '--hidden', '48', '--json', '--out', await folder()];
    const film = ['--encoder', encoder, '--policy', 'fidelity', '--part', '4s', '--context', '600'];
    const { status, stdout, stderr } = await framenest(['summarize', changing, ...to, ...film]);
    expect([status, stderr, host.crashed]).toEqual([0, '', undefined]);
    const { parts, summary } = JSON.parse(stdout) as SummaryReport;
    expect(parts).toHaveLength(3);
    const seen = (text: string): number => (text.match(/\d+/g) ?? []).map(Number).reduce((a, b) => a + b, 0);
    expect(parts.map(({ text }) => seen(text))).toEqual(parts.map(({ tokens }) => tokens));
    expect(parts.every(({ tokens }) => tokens > 9 && tokens <= 600)).toBe(true);
    expect(seen(summary)).toBe(0);
  });
});
