import { parseConfig } from '#dist/config/parse-config.js';
import { describe, expect, test } from 'vitest';
import { complaints, env, having, source } from './complaints.ts';

describe('a configuration', () => {
  test('needs no more than a source with a name and an input', () => {
    const config = parseConfig(`sources:\n${source}`);
    expect(config).toMatchObject({
      listen: { host: '127.0.0.1', port: 8787, origins: [] },
      log: { level: 'info' },
      encoder: { name: 'mobilenet-v2', device: 'auto' },
      sources: [{ name: 'gate', input: 'gate.mp4', fps: 2, options: { stream: 'gate', policy: 'change' } }],
    });
    expect(config.sources[0]?.retry).toEqual({ firstS: 1, mostS: 60, attempts: Infinity });
    expect(config.sources[0]).not.toHaveProperty('live');
  });

  test('gives rectangles as regions', () => {
    const [gate] = parseConfig(having('hide: [[0, 0.5, 0.3, 0.5]]\n    regions: [[0.9, 0.9, 0.1, 0.1]]')).sources;
    expect(gate?.hide).toEqual([{ x: 0, y: 0.5, width: 0.3, height: 0.5 }]);
    expect(gate?.regions).toEqual([{ x: 0.9, y: 0.9, width: 0.1, height: 0.1 }]);
  });

  test('may be JSON, have a byte order mark, and lines that end as on Windows', () => {
    const plain = parseConfig(`sources:\n${source}`);
    expect(parseConfig('{"sources": [{"name": "gate", "input": "gate.mp4"}]}')).toEqual(plain);
    expect(parseConfig(`\uFEFFsources:\n${source}`.replaceAll('\n', '\r\n'))).toEqual(plain);
  });

  test('replaces variables in texts, and nothing in keys', () => {
    const text = 'sources:\n  - name: gate\n    input: rtsp://v:${GATE_PASSWORD}@h/${EMPTY}$${X}$5\n';
    expect(parseConfig(text, { env }).sources[0]?.input).toBe('rtsp://v:hunter2@h/${X}$5');
    const asKey = `sources:\n${source}\${GATE_PASSWORD}: 3\n`;
    expect(complaints(asKey)).toEqual(['4:1: the file has no key "${GATE_PASSWORD}".']);
  });

  test('does not look for variables in what a variable holds', () => {
    const { sources } = parseConfig('sources: [{name: a, input: "${A}"}]', { env: { A: '${B}' } });
    expect(sources[0]?.input).toBe('${B}');
  });

  test('may use aliases', () => {
    const [, second] = parseConfig(
      'sources:\n  - name: a\n    input: a\n    retry: &slow { first: 9 }\n  - { name: b, input: b, retry: *slow }\n',
    ).sources;
    expect(second?.retry).toEqual({ firstS: 9, mostS: 60, attempts: Infinity });
  });
});

describe('defaults', () => {
  const withDefaults = (defaults: string, own: string) =>
    parseConfig(`defaults: ${defaults}\nsources:\n  - { name: a, input: a${own} }\n`).sources[0];

  test('go into a source, whose own values come first', () => {
    expect(withDefaults('{ fps: 5, weight: 3 }', ', fps: native')).toMatchObject({ fps: 'native', weight: 3 });
    expect(withDefaults('{ price: 7, burst: 2 }', ', price: 8')?.options).toMatchObject({ price: 8, burstS: 2 });
  });

  test('are joined in retry and events, and replaced in lists', () => {
    const defaults = '{ retry: { first: 2, most: 9 }, ignore: [[0, 0, 1, 1]], events: { quiet: 5 } }';
    expect(withDefaults(defaults, ', retry: { most: 5 }')?.retry).toEqual({ firstS: 2, mostS: 5, attempts: Infinity });
    expect(withDefaults(defaults, ', events: {}')?.events.quietS).toBe(5);
    expect(withDefaults(defaults, ', ignore: []')?.ignore).toEqual([]);
    expect(withDefaults(defaults, '')?.ignore).toHaveLength(1);
  });

  test('are taken back by a key without a value', () => {
    const rate = '{ policy: rate, tokensPerSecond: 60, retry: { first: 2 } }';
    const own = withDefaults(rate, ', policy: change, tokensPerSecond: , retry: { first: }');
    expect(own?.options).not.toHaveProperty('tokensPerSecond');
    expect(own?.retry.firstS).toBe(1);
  });

  test('that are empty, like any section without values, are none', () => {
    const empty = 'listen:\nlog:\nencoder:\n  card:\ndefaults:\n  # fps: 5\n';
    expect(parseConfig(`${empty}${having('ignore:\n    retry:')}`)).toEqual(parseConfig(`sources:\n${source}`));
  });
});
