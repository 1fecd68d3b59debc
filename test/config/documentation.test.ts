import { readFileSync } from 'node:fs';
import { parseConfig } from '#dist/config/parse-config.js';
import { readConfig } from '#dist/config/read-config.js';
import { keysAt } from '#dist/config/schema-keys.js';
import { configSchema } from '#dist/config/schema.js';
import { describe, expect, test } from 'vitest';
import { root } from '../support/cli.ts';

const page = readFileSync(`${root}docs/configuration.md`, 'utf8');
const [, table = ''] = /^## Keys$(.*?)^## /ms.exec(page) ?? [];
const rows = new Map(
  table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.replaceAll('`', '').trim()))
    .map(([, key = '', fallback = '']) => [key, fallback]),
);

/** Every key that a file may have, such as `sources[].retry.first`; maps stand for the keys in them. */
function schemaKeys(path: readonly string[] = []): string[] {
  return keysAt(configSchema, path).flatMap((key) => {
    const own = [...path, key];
    if (key === 'defaults') return [key];
    const isList = key === 'sources' || key === 'tokens';
    const inner = schemaKeys(isList ? [...own, '0'] : own);
    const word = own.join('.').replace(/\.0(?=\.)/, '[]');
    if (isList) return [word, ...inner];
    return inner.length > 0 ? inner : [word];
  });
}

/** The value at a key of a minimal file's configuration, in the file's words. */
function fallbackOf(key: string): unknown {
  const token = { name: 'a', sha256: '0'.repeat(64), metrics: key.endsWith('.streams') || undefined, streams: ['a'] };
  if (key.endsWith('.streams')) Reflect.deleteProperty(token, 'streams');
  const source = { name: 'a', input: 'b' };
  const tokens = key === 'access.tokens' ? undefined : [token];
  const config = configSchema.parse({ sources: [source], access: { tokens } });
  const { options } = parseConfig('sources: [{ name: a, input: b }]').sources[0]!;
  const renamed: Record<string, unknown> = {
    ...options,
    burst: options.burstS,
    refresh: options.refreshS,
    minScene: options.minSceneS,
  };
  const parts = key.replace('[]', '.0').split('.');
  const found = parts.reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], config);
  return found ?? renamed[parts.at(-1)!];
}

describe('docs/configuration.md', () => {
  test('has a row for every key of the schema, and for no other', () => {
    expect([...rows.keys()].toSorted()).toEqual(schemaKeys().toSorted());
    expect(rows.size).toBeGreaterThan(35);
  });

  test.each(schemaKeys().filter((key) => !/^(sources|defaults|.*\[\]\.(name|input|sha256))$/.test(key)))(
    'gives the default of %s',
    (key) => {
      const value = fallbackOf(key);
      const fallback = rows.get(key);
      if (value === undefined) expect(fallback).not.toMatch(/^[\w-]*\d[\w-]*$/);
      else if (Array.isArray(value)) expect([fallback, value]).toEqual(['none', []]);
      else expect(fallback).toBe(typeof value === 'string' ? value : JSON.stringify(value));
    },
  );

  test('has examples that are valid, and messages that are those of the program', () => {
    const examples = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = '']) => text);
    const files = examples.filter((text) => text.includes('sources:'));
    const env = { GATE_PASSWORD: 'x', DASHBOARD_TOKEN: 'x'.repeat(16), PROMETHEUS_TOKEN: 'y'.repeat(16) };
    expect(files).toHaveLength(3);
    for (const text of files) expect(parseConfig(text, { env }).sources).toHaveLength(2);
    const broken = files[0]!.replace('fps: native', 'fps: fast\n    polcy: rate');
    const [, messages = ''] = /^```\n(framenest\.yaml.*?)^```/ms.exec(page) ?? [];
    expect(messages.split('\n')).toHaveLength(3);
    expect(() => parseConfig(broken, { env })).toThrow(messages.trimEnd());
  });
});

test('README.md has an example of a configuration that is valid', () => {
  const [, text = ''] = /^```yaml\n(.*?)^```/ms.exec(readFileSync(`${root}README.md`, 'utf8')) ?? [];
  expect(parseConfig(text, { env: { DOOR_PASSWORD: 'x' } }).sources.map(({ name }) => name)).toEqual(['door', 'yard']);
});

describe('deploy/', () => {
  const file = (name: string): string => readFileSync(`${root}deploy/${name}`, 'utf8');

  test('has an example of a configuration that is valid', async () => {
    const { sources } = await readConfig(`${root}deploy/framenest.yaml`, { GATE_PASSWORD: 'x' });
    expect(sources.map(({ name }) => name)).toEqual(['gate', 'yard', 'meter']);
    expect(sources[0]?.input).toBe('rtsp://viewer:x@192.0.2.10/stream1');
  });

  test('starts the command that the package has, on the port that is the default', () => {
    const { bin } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { bin: { framenest: string } };
    const command = bin.framenest.replace('./', '');
    const port = /^EXPOSE (\d+)$/m.exec(file('Dockerfile'))?.[1] ?? '';
    expect(file('framenest.service')).toContain(`/opt/framenest/${command} serve --config `);
    expect(file('Dockerfile')).toContain(`"/opt/framenest/${command}"`);
    expect(Number(port)).toBe(parseConfig('sources: [{ name: a, input: b }]').listen.port);
    expect(file('Dockerfile')).toContain(`http://127.0.0.1:${port}/healthz`);
  });

  test('gives framenest more time to stop than it takes', () => {
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(file('framenest.service'))?.[1])).toBeGreaterThan(10);
    expect(Number(/--stop-timeout (\d+)/.exec(file('README.md'))?.[1])).toBeGreaterThan(10);
  });
});
