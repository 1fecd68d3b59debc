import { spawnSync } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/tiny-onnx.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const { fillTables } = (await import(at('bench/quality/doc/fill.mjs'))) as {
  fillTables: (page: string, tables: Record<string, string>) => string;
};
const command = at('bench/quality/doc/main.mjs');

const mark = (name: string): string => `<!-- table: ${name} -->\n`;

describe('tables of a page', () => {
  const name = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
  const line = fc.stringMatching(/^[a-z ]{0,12}$/);
  const table = fc
    .array(fc.stringMatching(/^[a-z $&]{0,9}$/), { minLength: 1 })
    .map((rows) => rows.map((row) => `|${row}|`).join('\n'));

  test('take the places of those that stand there, and nothing else changes', () => {
    const places = fc.uniqueArray(fc.record({ name, table, before: table, text: line }), {
      selector: (place) => place.name,
    });
    fc.assert(
      fc.property(places, (all) => {
        const page = (of: 'table' | 'before'): string =>
          all.map((place) => `${place.text}\n${mark(place.name)}${place[of]}\n\n`).join('');
        const tables = Object.fromEntries(all.map((place) => [place.name, place.table]));
        expect(fillTables(page('before'), tables)).toBe(page('table'));
      }),
    );
  });

  test('are not left out in silence', () => {
    expect(() => fillTables('text\n', { gate: '| a |' })).toThrow(/no mark for: gate/);
    expect(() => fillTables(`${mark('cost')}| a |\n`, {})).toThrow(/"cost"/);
    expect(() => fillTables(mark('gate').repeat(2), { gate: '| a |' })).toThrow(/"gate"/);
  });
});

/** What a run writes, of two clips and next to no method. */
function resultOf(saved: Record<string, number>): object {
  const recall = { events: 4, recall: 0.75, latencyP50: 0.25, latencyP95: 1 };
  const nuisance = { fidelity: [{ name: 'noise', tokens: 3, runs: 1 }] };
  const clips = Object.entries(saved).map(([name, percent]) => ({
    name,
    class: 'screen',
    frames: 20,
    bdRate: { 'every-kth-144': percent, dtd: -percent },
    bdRateOf: { change: { 'every-kth-144': percent / 2, dtd: 0 } },
    retrieval: { full: 0.8 },
    nuisance,
    gate: { skipped: 0.25, missed: undefined, falseRuns: 0, tokens: 9.5, ungatedTokens: 10 },
    cost: {
      ...{ tokensPerFrame: 16, tokensPerSecond: 64, tokensPerSecondP99: 99, bytesPerSecond: 88_000 },
      selectMs: { p50: 1, p95: 2, p99: 3 },
    },
  }));
  const events = {
    fidelity: { tokensPerFrame: 15, tokensPerFrameWithEvents: 16, sides: { 1: recall, 2: recall }, aimed: recall },
  };
  const summary = {
    classes: { screen: { bdRate: { dtd: { mean: 31.6, low: 20, high: 44.4, clips: 2 } } } },
    oracleGapClosed: { change: { mean: 0.5, low: 0.4, high: 0.6, clips: 2 } },
    shuffledGapClosed: {},
    events,
    slow: { fidelity: { 'text appearing': { most: 0.5, last: 0, tokens: 2 } } },
  };
  return { seed: 1, clips, summary };
}

describe('the command that fills docs/quality.md', () => {
  /** A copy of the page, two runs over the same clips, and the command. */
  async function desk() {
    const folder = await temporaryFolder({});
    const file = async (name: string, saved: Record<string, number>): Promise<string> => {
      await writeFile(join(folder, name), JSON.stringify(resultOf(saved)));
      return join(folder, name);
    };
    const page = join(folder, 'quality.md');
    await copyFile(at('docs/quality.md'), page);
    return {
      page,
      one: await file('one.json', { 'vtest.avi': 90, 'bottle-detection.mp4': 60 }),
      other: await file('other.json', { 'vtest.avi': 80, 'bottle-detection.mp4': 50 }),
      third: await file('third.json', { 'vtest.avi': 1 }),
      fill: (...runs: string[]) =>
        spawnSync(process.execPath, [command, '--page', page, ...runs.flatMap((run) => ['--run', run])], {
          encoding: 'utf8',
        }),
    };
  }

  test('knows every mark of the page, and puts the figures of the runs there', async () => {
    const { page, one, other, fill } = await desk();
    expect(fill(`One=${one}`, `Other=${other}`)).toMatchObject({ status: 0, stderr: '' });
    const text = await readFile(page, 'utf8');
    for (const row of [
      '| dtd | One | – | 32 (20 … 44) | – | – | – |',
      '| vtest.avi | B | 20 | 90 / 80 | -90 / -80 | – / – | – / – | – / – | – / – |',
      '| every-kth-144 | Other | 50 | 80 |',
      '| change | Other | 50 (40 … 60) | – |',
      '| `fidelity` | 15.0 | 16.0 | 75 | 75 | 75.0 | 0.25 / 1.00 |',
      '| noise | One | 3 | 3 | 1 | 2/2 |',
      '| `fidelity` | 50, 0 (2.0) |',
      '| vtest.avi | 25 | – | 0 | 9.5 | 10.0 |',
    ]) {
      expect(text).toContain(`${row}\n`);
    }
  });

  test('refuses runs over different clips, and what is no run', async () => {
    const { page, one, third, fill } = await desk();
    const before = await readFile(page, 'utf8');
    for (const runs of [[`One=${one}`, `Third=${third}`], [one], ['One=nowhere.json']]) {
      expect(fill(...runs).status).not.toBe(0);
    }
    expect(await readFile(page, 'utf8')).toBe(before);
  });
});
