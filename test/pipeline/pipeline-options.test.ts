import { checkRate, decidesOnFeatures, parsePipelineOptions } from '#dist/pipeline/pipeline-options.js';
import type { PipelineOptionsInput } from '#dist/pipeline/pipeline-options.js';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';

describe('the options of a pipeline', () => {
  test('may all be left out', () => {
    const defaults = parsePipelineOptions({});
    const named = ['stream', 'policy', 'burstS', 'gate', 'refreshS', 'hysteresis', 'minSceneS', 'dtype'];
    expect(Object.keys(defaults).sort()).toEqual([...named, 'epoch'].sort());
    expect(parsePipelineOptions(defaults)).toEqual(defaults);
  });

  test.each<PipelineOptionsInput>([
    { stream: 'x'.repeat(128) },
    { ladder: [1] },
    { ladder: [1, 9, 36, 144, 576] },
    { policy: 'fixed:9' },
    { maxScale: 576 },
    { ladder: [1, 4], maxScale: 4 },
    { policy: 'fidelity', layout: 'uniform', tau: 0.3, gate: 0 },
    { policy: 'fidelity', layout: 'tree' },
    { policy: 'change', layout: 'uniform' },
    { policy: 'fixed:36', layout: 'uniform' },
    { policy: 'rate', tokensPerSecond: 0.5, burstS: 0.1, tau: 1 },
    { policy: 'budget', budget: 1, layout: 'uniform', price: 0.5 },
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
    ['policy', '"fidelity:3"', 'fidelity:3'],
    ['maxScale', '0', 0],
    ['maxScale', '9.5', 9.5],
    ['layout', '"graph"', 'graph'],
    ['tau', '0', 0],
    ['tokensPerSecond', '0', 0],
    ['tokensPerSecond', 'NaN', NaN],
    ['burstS', '0', 0],
    ['budget', '0', 0],
    ['budget', '10.5', 10.5],
    ['gate', '-1', -1],
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

describe('options that must fit each other', () => {
  test.each<[string, PipelineOptionsInput, RegExp]>([
    ['a rate without a ceiling', { policy: 'rate' }, /"tokensPerSecond" is missing with policy "rate"/],
    ['a budget without a total', { policy: 'budget' }, /"budget" is missing with policy "budget"/],
    ['a ceiling that nobody heeds', { policy: 'fidelity', tokensPerSecond: 50 }, /"tokensPerSecond" is 50 .*"rate"/],
    ['a total that nobody heeds', { policy: 'rate', tokensPerSecond: 9, budget: 5 }, /"budget" is 5 .*"budget"/],
    ['a total beside the default policy', { budget: 500 }, /"budget" is 500 with policy "change"/],
    ['a tree that pixels should cut', { layout: 'tree' }, /"layout" is tree with policy "change"/],
    ['a tree of one scale', { policy: 'fixed:9', layout: 'tree' }, /"layout" is tree with policy "fixed:9"/],
    ['a bound on an error that nobody sees', { tau: 0.2 }, /"tau" is 0.2 with policy "change"/],
  ])('are refused where they do not: %s', (_, options, what) => {
    const error = thrownBy(() => parsePipelineOptions(options));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toMatch(what);
  });

  test('are a ceiling and a rate of frames, each of which costs one token at least', () => {
    const options = parsePipelineOptions({ policy: 'rate', tokensPerSecond: 10 });
    const error = thrownBy(() => checkRate(options, 10.5));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toMatch(/10, below 10.5 frames/);
    expect(error.mend).toContain('10.5');
    for (const fps of [10, 0.1, 'native'] as const) expect(codeOf(() => checkRate(options, fps))).toBeUndefined();
    expect(codeOf(() => checkRate(parsePipelineOptions({}), 1000))).toBeUndefined();
  });

  test('say whether features decide', () => {
    const decides = (options: PipelineOptionsInput): boolean => decidesOnFeatures(parsePipelineOptions(options));
    expect(
      [{ policy: 'fidelity' }, { policy: 'rate', tokensPerSecond: 9 }, { policy: 'budget', budget: 9 }].map(decides),
    ).toEqual([true, true, true]);
    expect([{}, { policy: 'fixed:9' }].map(decides)).toEqual([false, false]);
  });
});
