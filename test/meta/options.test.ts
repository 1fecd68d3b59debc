import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeProgram } from '#dist/cli/program.js';
import { featurePrice, ladderOf, layoutOf, policyOf } from '#dist/pipeline/choosers.js';
import { parsePipelineOptions } from '#dist/pipeline/pipeline-options.js';
import type { PipelineOptionsInput } from '#dist/pipeline/pipeline-options.js';
import { score } from '../support/change-score.ts';

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

/** Every option that there is: the compiler misses none. */
const every: Required<PipelineOptionsInput> = {
  stream: 'a',
  ladder: [1],
  maxScale: 1,
  policy: 'rate',
  layout: 'tree',
  price: 1,
  tau: 1,
  tokensPerSecond: 1,
  burstS: 1,
  budget: 1,
  gate: 1,
  refreshS: 1,
  hysteresis: 1,
  minSceneS: 1,
  camera: true,
  dtype: 'F16',
  window: 1,
  epoch: 1,
};
const rowOf = (name: string): string[] | undefined => rows.find((line) => line.startsWith(`| \`${name}\``))?.split('|');

test('docs/options.md has a row for every option without a default too', () => {
  const defaults = Object.keys(parsePipelineOptions({}));
  const without = Object.keys(every).filter((name) => !defaults.includes(name));
  expect(without.length).toBeGreaterThan(3);
  for (const name of without) {
    expect(rowOf(name), name).toBeDefined();
    expect(rowOf(name)?.[3]?.trim(), name).not.toMatch(/^\S*\d\S*$/);
  }
});

test('docs/options.md names the defaults that depend on the policy as they are', () => {
  const [, change = '', features = ''] = /^ (\S+) with `change`, (\S+) where features decide $/.exec(
    rowOf('price')![3]!,
  )!;
  for (const policy of ['fidelity', 'rate', 'budget']) {
    const needed = { ...(policy === 'rate' && { tokensPerSecond: 9 }), ...(policy === 'budget' && { budget: 9 }) };
    const options = parsePipelineOptions({ policy, ...needed });
    expect(featurePrice(options)).toBe(Number(features));
    expect(rowOf('layout')![3]).toContain(`\`${layoutOf(options)}\` where features decide`);
  }
  expect(rowOf('layout')![3]).toContain(`else \`${layoutOf(parsePipelineOptions({}))}\``);
  const choices = (price?: number) => {
    const options = parsePipelineOptions({ ...(price !== undefined && { price }) });
    const energies = Array.from({ length: 100 }, (_, i) => 1.1 ** i);
    return energies.map((holdEnergy) => policyOf(options, ladderOf(options, 24)).choose(score({ holdEnergy })));
  };
  expect(choices()).toEqual(choices(Number(change)));
  expect(choices()).not.toEqual(choices(1.2 * Number(change)));
});

test('docs/options.md says of every policy what it is for', () => {
  const policies = rows.map((line) => /^\| `([\w:]+)` \| [^`]/.exec(line)?.[1]);
  for (const name of ['change', 'fidelity', 'rate', 'budget', 'fixed:S']) {
    expect(policies, name).toContain(name);
    expect(rowOf('policy')![4], name).toContain(`\`${name}\``);
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
