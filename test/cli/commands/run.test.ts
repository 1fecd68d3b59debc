import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from '#dist/jobs/inspect.js';
import { readManifest } from '#dist/jobs/manifest.js';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Running, escapeCode, framenest, lastJson, main, start } from '../../support/cli.ts';
import { clip, fileOf } from '../../support/clips.ts';
import { quickEncoder } from '../../support/quick-encoder.ts';
import { toolOrSkip } from '../../support/require-tool.ts';
import { until } from '../../support/sleep.ts';
import { temporaryFolder } from '../../support/tiny-onnx.ts';

let encoder = '';
let video = '';
beforeAll(async () => {
  encoder = await quickEncoder();
  video = await clip('long');
});

/** A picture that moves for ever, at the finest scale and in the widest format: a part every 150 frames. */
const endless = ['lavfi:testsrc=s=96x96:r=25', '--fps', 'native', '--dtype', 'F32'];
const finest = ['--ladder', '1,9,36,144,576', '--policy', 'fixed:576'];

describe('framenest run', () => {
  test('with --json prints one JSON object with every figure of the run, and nothing else', async () => {
    const out = join(await temporaryFolder({}), 'out');
    // The embedded encoder: what a user gets without options.
    const { status, stdout, stderr } = await framenest(['run', video, '--json', '--out', out]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const report = lastJson(stdout);
    const figures = [
      'durationS',
      'framesDecoded',
      'frames',
      'tokens',
      'tokensPerFrame',
      'held',
      'encoderRuns',
      'cuts',
      'wallS',
    ];
    for (const figure of figures) expect(report[figure], figure).toBeTypeOf('number');
    for (const text of ['input', 'decoder', 'encoder', 'encoderDigest', 'device', 'out']) {
      expect(report[text], text).toBeTypeOf('string');
    }
    expect(Object.keys(report).sort()).toEqual(
      [...figures, 'input', 'decoder', 'encoder', 'encoderDigest', 'device', 'out', 'scales'].sort(),
    );
    expect(report).toMatchObject({ input: video, encoder: 'mobilenet-v2', device: 'cpu', framesDecoded: 250, out });
    const { frames, tokens, complete } = await readManifest(out);
    expect(report).toMatchObject({ frames, tokens });
    expect(complete).toBe(true);
    expect((await inspect(out)).flatMap(({ problems }) => problems)).toEqual([]);
  });

  test('prints tables without an escape code where it is piped, and writes below framenest-out by itself', async () => {
    const cwd = await temporaryFolder({});
    const { status, stdout, stderr } = await framenest(['run', video, '--encoder', encoder, '--fps', '5'], { cwd });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(escapeCode);
    const { frames, tokens, parts } = await readManifest(join(cwd, 'framenest-out', 'long'));
    expect(stdout).toMatch(new RegExp(`frames +│ ${frames} `));
    expect(stdout).toMatch(new RegExp(`tokens +│ ${tokens} `));
    expect(stdout).toContain(`${frames * 144} tokens`);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('framenest-out/long');
    expect(readdirSync(join(cwd, 'framenest-out', 'long')).sort()).toEqual([
      'manifest.json',
      ...parts.map(({ file }) => file),
    ]);
  });

  test.skipIf(!toolOrSkip('script', ['--version']))('draws a bar on a terminal', async () => {
    const out = await temporaryFolder({});
    const command = `${process.execPath} ${main} run ${video} --encoder ${encoder} --fps native --out ${out}`;
    const { status, stdout } = await new Running('script', ['-qec', command, '/dev/null'], {
      env: { TERM: 'xterm' },
    }).ended();
    expect(status).toBe(0);
    expect(stdout).toMatch(escapeCode);
    expect(stdout).toMatch(
      /\d+% \| 0:00:\d\d\.\d{3} of 0:00:10\.000 \| [\d.]+× real time \| \d+ frames, \d+ tokens \| \S+ left/,
    );
  });

  test('takes its options to the pipeline', async () => {
    const out = await temporaryFolder({});
    const options = ['--encoder', encoder, '--fps', '4', '--ladder', '1,4,64', '--policy', 'fixed:4', '--dtype', 'I8'];
    const { stdout } = await framenest(['run', video, '--json', '--out', out, ...options]);
    const report = lastJson(stdout);
    expect(report['scales']).toEqual({ 4: report['frames'] });
    expect(await readManifest(out)).toMatchObject({
      ladder: [1, 4, 64],
      policy: 'fixed:4',
      dtype: 'I8',
      fps: 4,
      channels: 48,
    });
  });
});

describe('an input that framenest run cannot use', () => {
  test.each<[string, () => Promise<string>, string]>([
    ['is missing', () => Promise.resolve('/no/such/video.mp4'), 'INPUT_MISSING'],
    ['is text', () => fileOf('text.mp4', 'this is no video\n'.repeat(100)), 'INPUT_UNREADABLE'],
    ['is empty', () => fileOf('empty.mp4', ''), 'INPUT_UNREADABLE'],
  ])('because it %s ends with 1, the code and how to mend it', async (_, input, code) => {
    const { status, stdout, stderr } = await framenest(['run', await input(), '--encoder', encoder, '--json']);
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^error ${code} {2}\\S.*\n\\S.*\n$`));
    const { error } = lastJson(stdout) as { error: { message: string; mend: string } };
    expect(error).toMatchObject({ code, retryable: false });
    expect(stderr).toBe(`error ${code}  ${error.message}\n${error.mend}\n`);
  });

  test('never has its password printed', async () => {
    const cwd = await temporaryFolder({});
    const url = 'http://user:s3cret@127.0.0.1:9/video.mp4?token=hidden';
    const { status, stdout, stderr } = await framenest(['run', url, '--encoder', encoder, '--json'], { cwd });
    expect(status).toBe(1);
    expect(stdout + stderr).toContain('127.0.0.1:9');
    expect(stdout + stderr).not.toMatch(/user|s3cret|hidden/);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('leaves no password in what it writes, nor does inspect show one', async () => {
    const bytes = await readFile(await clip('transport'));
    const web = createServer((_, response) => response.end(bytes)).listen(0, '127.0.0.1');
    onTestFinished(() => void web.close());
    await once(web, 'listening');
    const { port } = web.address() as AddressInfo;
    const out = await temporaryFolder({});
    const url = `http://user:s3cret@127.0.0.1:${port}/video.ts?token=hidden`;
    const made = await framenest(['run', url, '--encoder', encoder, '--out', out, '--json']);
    expect(made.status).toBe(0);
    const shown = await Promise.all(
      [
        ['inspect', out],
        ['inspect', out, '--json'],
      ].map((args) => framenest(args)),
    );
    const files = readdirSync(out).map((file) => readFileSync(join(out, file), 'latin1'));
    expect((await readManifest(out)).input).toContain(`***@127.0.0.1:${port}/video.ts?token=***`);
    const all = [made, ...shown].map(({ stdout, stderr }) => stdout + stderr);
    expect([...all, ...files].join()).not.toMatch(/user:|s3cret|hidden/);
  });

  test('costs nothing of what an earlier run left', async () => {
    const out = await temporaryFolder({});
    await framenest(['run', video, '--encoder', encoder, '--out', out]);
    const before = readFileSync(join(out, 'manifest.json'), 'utf8');
    const { status } = await framenest(['run', video, '--encoder', encoder, '--out', out, '--policy', 'fixed:7']);
    expect(status).toBe(2);
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toBe(before);
  });
});

describe('a framenest run that is cut off', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends with %i and says so in its manifest', async (signal, expected) => {
    const out = await temporaryFolder({});
    const running = start(['run', ...endless, '--encoder', encoder, '--out', out]);
    await until(() => existsSync(join(out, 'manifest.json')));
    running.child.kill(signal);
    const { status, stderr } = await running.ended();
    expect(status).toBe(expected);
    expect(stderr).toMatch(/^error ABORTED {2}/);
    expect(await readManifest(out)).toMatchObject({ complete: false, error: { code: 'ABORTED' } });
    expect(readdirSync(out).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('by kill -9 leaves parts and a manifest that can be read, and a folder that can be used again', async () => {
    const out = await temporaryFolder({});
    const running = start(['run', ...endless, ...finest, '--encoder', encoder, '--out', out]);
    await until(() => existsSync(join(out, 'part-00002.safetensors')));
    running.child.kill('SIGKILL');
    expect(await running.ended()).toMatchObject({ status: null, killedBy: 'SIGKILL' });
    const manifest = await readManifest(out);
    expect(manifest.complete).toBe(false);
    expect(manifest.parts.length).toBeGreaterThanOrEqual(2);
    const reports = await inspect(out);
    expect(reports.map(({ problems }) => problems)).toEqual([
      ...manifest.parts.map(() => []),
      ['The run did not finish.'],
    ]);
    const frames = reports.flatMap(({ packet }) => packet?.frames ?? []);
    expect(frames).toHaveLength(manifest.frames);

    const again = await framenest(['run', video, '--encoder', encoder, '--out', out, '--json']);
    expect(again.status).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['manifest.json', 'part-00000.safetensors']);
    expect((await inspect(out)).flatMap(({ problems }) => problems)).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('by a disk that takes no more ends with OUTPUT_FAILED', async () => {
    const out = await temporaryFolder({});
    // A limit on the size of a file stands for a full disk: writing fails in the middle of a part.
    const command = [process.execPath, main, 'run', ...endless, ...finest, '--encoder', encoder, '--out', out];
    const script = `ulimit -f 2000; exec "$@"`;
    const { status, stderr } = await new Running('sh', ['-c', script, 'sh', ...command]).ended();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error OUTPUT_FAILED {2}Cannot write .*part-00000\.safetensors: .*\n\S.*\n$/);
    expect(await readManifest(out)).toMatchObject({ complete: false, parts: [], error: { code: 'OUTPUT_FAILED' } });
    expect(readdirSync(out)).toEqual(['manifest.json']);
  });

  test('by a file in place of its folder ends with OUTPUT_FAILED', async () => {
    const folder = await temporaryFolder({ out: 'a file' });
    const { status, stderr } = await framenest(['run', video, '--encoder', encoder, '--out', join(folder, 'out')]);
    expect(status).toBe(1);
    expect(stderr).toContain('error OUTPUT_FAILED');
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('a file');
  });
});
