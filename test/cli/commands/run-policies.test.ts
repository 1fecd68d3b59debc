import { readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GridRebuilder } from '#dist/view/grid-rebuilder.js';
import { readManifest } from '#dist/jobs/manifest.js';
import { decodePacket } from '#dist/wire/packet-codec.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { Running, framenest, lastJson, main } from '../../support/cli.ts';
import { clip } from '../../support/clips.ts';
import { quickEncoder } from '../../support/quick-encoder.ts';
import { toolOrSkip } from '../../support/require-tool.ts';
import { temporaryFolder } from '../../support/tiny-onnx.ts';

let encoder = '';
let video = '';
beforeAll(async () => {
  encoder = await quickEncoder();
  video = await clip('long');
});

/** Runs the clip with these flags into a folder of its own. */
async function run(...flags: string[]) {
  const out = await temporaryFolder({});
  const ended = await framenest(['run', video, '--encoder', encoder, '--fps', '5', '--json', '--out', out, ...flags]);
  return { out, ...ended };
}

describe('framenest run', () => {
  test.each([120, 500, 2000])(
    'with a budget of %i tokens comes within a hundredth of it, and never above',
    async (n) => {
      const { status, stdout, stderr, out } = await run('--policy', 'budget', '--budget', String(n));
      expect([status, stderr]).toEqual([0, '']);
      const { tokens } = lastJson(stdout);
      expect(tokens).toBeLessThanOrEqual(n);
      expect(tokens).toBeGreaterThanOrEqual(0.99 * n);
      expect(await readManifest(out)).toMatchObject({ policy: 'budget', layout: 'tree', tokens, complete: true });
    },
  );

  test('with a rate stays below it and its burst', async () => {
    const flags = ['--policy', 'rate', '--tokens-per-second', '30', '--burst', '2', '--price', '0.001'];
    const report = lastJson((await run(...flags)).stdout);
    const { durationS, tokens } = report as { durationS: number; tokens: number };
    expect(tokens).toBeLessThanOrEqual(30 * (durationS + 2));
    expect(tokens).toBeGreaterThan(0.5 * 30 * durationS);
  });

  test('cuts trees that inspect reads back and that a client rebuilds', async () => {
    const { out, stdout } = await run('--policy', 'fidelity', '--layout', 'tree', '--gate', '0', '--max-scale', '576');
    const report = lastJson(stdout);
    const inspected = await framenest(['inspect', out, '--json']);
    expect(inspected.status).toBe(0);
    const parts = JSON.parse(inspected.stdout) as {
      file: string;
      frames: number;
      tokens: number;
      problems: string[];
    }[];
    const total = (count: 'frames' | 'tokens'): number => parts.reduce((sum, part) => sum + part[count], 0);
    expect([total('frames'), total('tokens')]).toEqual([report['frames'], report['tokens']]);
    expect(parts.flatMap(({ problems }) => problems)).toEqual([]);

    const { ladder, gridSide, channels, layout } = await readManifest(out);
    expect([layout, ladder]).toEqual(['tree', [1, 9, 36, 144, 576]]);
    const rebuilder = new GridRebuilder({ ladder, gridSide, channels });
    let frames = 0;
    for (const { file } of parts) {
      const packet = decodePacket(await readFile(join(out, file)));
      expect(packet.frames.some(({ kind }) => kind === 'tree')).toBe(true);
      for (const { side, grid } of rebuilder.receive(packet)) {
        frames++;
        expect(side).toBe(24);
        expect(grid.every(Number.isFinite)).toBe(true);
      }
    }
    expect(frames).toBe(report['frames']);
  });

  test('costs the less the larger the error that may stay', async () => {
    const tokens: number[] = [];
    for (const tau of ['0.02', '0.2', '2']) {
      const report = lastJson((await run('--policy', 'fidelity', '--price', '1000', '--tau', tau)).stdout);
      tokens.push((report as { tokens: number }).tokens);
    }
    expect(tokens).toEqual(tokens.toSorted((a, b) => b - a));
    expect(tokens[0]).toBeGreaterThan(tokens[2]!);
  });

  test.each<[string, string[], string, RegExp]>([
    [
      'a ceiling below the frames',
      ['--policy', 'rate', '--tokens-per-second', '4'],
      'OPTION_INVALID',
      /"tokensPerSecond" is 4, below 5 frames a second/,
    ],
    ['a rate without a ceiling', ['--policy', 'rate'], 'OPTION_INVALID', /"tokensPerSecond" is missing/],
    ['a budget without a total', ['--policy', 'budget'], 'OPTION_INVALID', /"budget" is missing/],
    [
      'a budget below one token a frame',
      ['--policy', 'budget', '--budget', '49'],
      'OPTION_INVALID',
      /A budget of 49 tokens is less than the \d+ frames/,
    ],
    [
      'a tree that pixels should cut',
      ['--policy', 'change', '--layout', 'tree'],
      'OPTION_INVALID',
      /"layout" is tree with policy "change"/,
    ],
    ['a finest scale that the grid does not have', ['--max-scale', '64'], 'LADDER_INVALID', /No scale of 64 tokens/],
  ])('refuses %s with 2, naming it, and costs nothing of an earlier run', async (_, flags, code, what) => {
    const out = await temporaryFolder({ 'manifest.json': 'of an earlier run' });
    const command = ['run', video, '--encoder', encoder, '--fps', '5', '--out', out, ...flags];
    const { status, stderr } = await framenest(command);
    expect(status).toBe(2);
    expect(stderr).toContain(`error ${code}`);
    expect(stderr).toMatch(what);
    expect(readdirSync(out)).toEqual(['manifest.json']);
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toBe('of an earlier run');
  });

  test.skipIf(!toolOrSkip('script', ['--version']))(
    'draws a bar for the survey of a budget, then one for the run',
    async () => {
      const out = await temporaryFolder({});
      const flags = '--fps native --policy budget --budget 900';
      const command = `${process.execPath} ${main} run ${video} --encoder ${encoder} ${flags} --out ${out}`;
      const { status, stdout } = await new Running('script', ['-qec', command, '/dev/null'], {
        env: { TERM: 'xterm' },
      }).ended();
      expect(status).toBe(0);
      const survey = stdout.search(/surveying .*\d+% \| 0:00:\d\d\.\d{3} of 0:00:10\.000 \|.*nothing packed yet/);
      expect(survey).toBeGreaterThanOrEqual(0);
      expect(stdout.slice(survey)).toMatch(/\d+ frames, \d+ tokens/);
    },
  );
});
