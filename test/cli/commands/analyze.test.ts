import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { escapeCode, framenest, lastJson } from '../../support/cli.ts';
import { clip } from '../../support/clips.ts';
import { quickEncoder } from '../../support/quick-encoder.ts';
import { temporaryFolder } from '../../support/tiny-onnx.ts';

let encoder = '';
let video = '';
beforeAll(async () => {
  encoder = await quickEncoder();
  video = await clip('long');
});

describe('framenest analyze', () => {
  test('with --json prints one JSON object that docs/analyze.md describes key by key, and nothing else', async () => {
    const { status, stdout, stderr } = await framenest([
      'analyze',
      video,
      '--encoder',
      encoder,
      '--fps',
      '5',
      '--json',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const report = lastJson(stdout);
    const page = readFileSync(new URL('../../../docs/analyze.md', import.meta.url), 'utf8');
    for (const key of Object.keys(report)) expect(page, key).toContain(`\`${key}\``);
    expect(report).toMatchObject({
      input: video,
      decoder: 'libav',
      channels: 48,
      framesDecoded: 250,
      firstFramesOnly: false,
    });
    expect(report['perFrame']).toHaveLength(report['frames'] as number);
    const [frame] = report['perFrame'] as object[];
    for (const key of Object.keys(frame!)) expect(page, key).toContain(`\`${key}\``);
  });

  test('prints tables and a sentence without an escape code where it is piped', async () => {
    const args = ['analyze', video, '--encoder', encoder, '--fps', '5', '--frames', '20', '--tau', '0.4'];
    const { status, stdout, stderr } = await framenest(args);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(escapeCode);
    expect(stdout).toContain('the first 20 frames');
    expect(stdout).toContain('Tokens per frame at equal feature distortion');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/tokens per frame.*At equal feature distortion/);
  });

  test('with --html writes one page, whole, that repeats the call without its secrets', async () => {
    const folder = await temporaryFolder({ 'page.html': 'what was there' });
    const file = join(folder, 'page.html');
    const { status } = await framenest(['analyze', video, '--encoder', encoder, '--frames', '12', '--html', file]);
    expect(status).toBe(0);
    expect(readdirSync(folder)).toEqual(['page.html']);
    const page = readFileSync(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(page).toContain(`framenest analyze ${video} --encoder ${encoder} --fps 2 --tau 0.3 --frames 12 --seed 1`);
  });

  test.each([
    [['--tau', '2'], /Option "tau" is 2/],
    [['--tau', 'half'], /'half' is invalid\. Expected a number\./],
    [['--tau', ''], /Expected a number\./],
    [['--frames', '0'], /Option "frames" is 0/],
    [['--frames', '1.5'], /Option "frames" is 1\.5/],
    [['--seed', '-3'], /Option "seed" is -3/],
    [['--policy', 'change'], /Unknown option '--policy'/],
  ])('refuses %j before it opens anything', async (flags, words) => {
    const { status, stdout, stderr } = await framenest(['analyze', '/no/such/video.mp4', ...flags]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error OPTION_INVALID {2}\S.*\n\S.*\n$/);
    expect(stderr).toMatch(words);
  });

  test('ends with OUTPUT_FAILED where its page cannot be written', async () => {
    const file = join(await temporaryFolder({}), 'no', 'page.html');
    const args = ['analyze', video, '--encoder', encoder, '--frames', '4', '--html', file];
    const { status, stderr } = await framenest(args);
    expect(status).toBe(1);
    expect(stderr).toContain(`error OUTPUT_FAILED  Cannot write ${file}`);
  });
});
