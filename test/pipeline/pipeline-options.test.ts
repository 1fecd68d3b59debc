import { ladderOf, parsePipelineOptions, policyOf } from '#dist/pipeline/pipeline-options.js';
import type { PipelineOptionsInput } from '#dist/pipeline/pipeline-options.js';
import { describe, expect, test } from 'vitest';
import { score } from '../support/change-score.ts';
import { codeOf, thrownBy } from '../support/error-code.ts';

describe('the options of a pipeline', () => {
  test('may all be left out', () => {
    const defaults = parsePipelineOptions({});
    const named = ['stream', 'policy', 'price', 'refreshS', 'hysteresis', 'minSceneS', 'dtype', 'window', 'epoch'];
    expect(Object.keys(defaults).sort()).toEqual(named.sort());
    expect(parsePipelineOptions(defaults)).toEqual(defaults);
  });

  test.each<PipelineOptionsInput>([
    { stream: 'x'.repeat(128) },
    { ladder: [1] },
    { ladder: [1, 9, 36, 144, 576] },
    { policy: 'fixed:9' },
    { price: 0.001, refreshS: 0.1, hysteresis: 0, minSceneS: 0 },
    { hysteresis: 1 },
    { dtype: 'I8' },
    { window: 1 },
    { window: 256 },
    { epoch: 12 },
  ])('may be %j', (options) => {
    expect(parsePipelineOptions(options)).toMatchObject(options);
  });

  test.each<[string, string, unknown]>([
    ['stream', '""', ''],
    ['stream', '"xxx', 'x'.repeat(129)],
    ['stream', '7', 7],
    ['ladder', '[]', []],
    ['ladder', '[0]', [0]],
    ['ladder', '[1, 2.5]', [1, 2.5]],
    ['ladder', '[1, NaN]', [1, NaN]],
    ['ladder', '"1,9"', '1,9'],
    ['policy', '"best"', 'best'],
    ['policy', '"fixed:"', 'fixed:'],
    ['policy', '"fixed:9x"', 'fixed:9x'],
    ['price', '0', 0],
    ['price', 'NaN', NaN],
    ['price', 'Infinity', Infinity],
    ['refreshS', '-1', -1],
    ['hysteresis', '1.1', 1.1],
    ['minSceneS', '-0.1', -0.1],
    ['dtype', '"f16"', 'f16'],
    ['window', '0', 0],
    ['window', '257', 257],
    ['window', '1.5', 1.5],
    ['window', '"16"', '16'],
    ['window', '5', 5n],
    ['window', 'null', null],
    ['epoch', '-1', -1],
    ['windw', '16', 16],
  ])('refuse %s = %s, naming both', (name, shown, value) => {
    const error = thrownBy(() => parsePipelineOptions({ [name]: value }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toContain(`Option "${name}" is ${shown.startsWith('"xxx') ? '"xxx' : shown}`);
  });

  test.each([null, 'fast', 3, []])('must be an object, not %j', (input) => {
    expect(codeOf(() => parsePipelineOptions(input as unknown as PipelineOptionsInput))).toBe('OPTION_INVALID');
  });
});

describe('what the options name', () => {
  const tokens = (options: PipelineOptionsInput, gridSide = 24): number[] =>
    ladderOf(parsePipelineOptions(options), gridSide).scales.map((scale) => scale.tokens);

  test('is the default ladder of the grid, or the one that is given', () => {
    expect(tokens({})).toEqual([1, 9, 36, 144]);
    expect(tokens({}, 16)).toEqual([1, 4, 16, 64]);
    expect(tokens({ ladder: [1, 36, 576] })).toEqual([1, 36, 576]);
    expect(codeOf(() => tokens({ ladder: [1, 36] }, 16))).toBe('LADDER_INVALID');
  });

  test('is a policy with a state of its own', () => {
    const options = parsePipelineOptions({});
    const ladder = ladderOf(options, 24);
    expect(policyOf(options, ladder)).not.toBe(policyOf(options, ladder));
    expect(policyOf(options, ladder).choose(score({ first: true }))).toMatchObject({ reason: 'first' });
  });

  test('is a fixed scale of the ladder, and of nothing else', () => {
    const options = parsePipelineOptions({ policy: 'fixed:36' });
    expect(policyOf(options, ladderOf(options, 24)).choose(score())).toMatchObject({ scale: { tokens: 36 } });
    expect(codeOf(() => policyOf(options, ladderOf(options, 16)))).toBe('LADDER_INVALID');
  });

  test('changes what the policy does', () => {
    const light = score({ holdEnergy: 1000, scaleEnergies: [0, 0, 0, 0] });
    const sent = (price: number): boolean => {
      const options = parsePipelineOptions({ price });
      return policyOf(options, ladderOf(options, 24)).choose(light).scale !== undefined;
    };
    expect([sent(25), sent(1000)]).toEqual([true, false]);
  });
});
