import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeProgram } from '#dist/cli/program.js';
import { parsePipelineOptions } from '#dist/pipeline/pipeline-options.js';

const page = readFileSync(new URL('../../docs/options.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| `'));
const run = makeProgram().commands.find((command) => command.name() === 'run');

test('docs/options.md has a row for every option of a pipeline, with its default', () => {
  for (const [name, value] of Object.entries(parsePipelineOptions({}))) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\``));
    expect(row, name).toBeDefined();
    expect(row?.split('|')[3]?.replaceAll('`', '').trim(), name).toBe(String(value));
  }
});

test('docs/options.md names every flag of the pipeline commands, with its default', () => {
  const shared = run?.options.filter(({ long }) => !['--out', '--json', '--help'].includes(long ?? '')) ?? [];
  expect(shared.length).toBeGreaterThan(8);
  for (const { long, defaultValue } of shared) {
    const row = rows.find((line) => line.split('|')[2]?.includes(`\`${long ?? ''}\``));
    expect(row, long).toBeDefined();
    if (defaultValue !== undefined) expect(row?.split('|')[3], long).toContain(String(defaultValue));
  }
});

test('every option of every command says what it is', () => {
  for (const command of makeProgram().commands) {
    for (const { long, description } of command.options)
      expect(description, `${command.name()} ${long ?? ''}`).not.toBe('');
  }
});
