import { afterDiff, diffConfigs, isEmptyDiff } from '#dist/config/diff-configs.js';
import { parseConfig } from '#dist/config/parse-config.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configFiles, escaped } from './config-files.ts';

const configs = configFiles.map((file) => parseConfig(escaped(JSON.stringify(file))));
const nothing = { added: [], changed: [], removed: [], needsRestart: [] };

/** The same values, every map the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, turned(inner)]));
}

test('a configuration does not differ from itself, in whatever order its keys and sources are', () => {
  fc.assert(
    fc.property(configs, (config) => {
      const other = turned(config) as typeof config;
      expect(diffConfigs(config, { ...other, sources: other.sources.toReversed() })).toEqual(nothing);
    }),
  );
});

test('the sources of one configuration, changed as the diff says, are those of the other', () => {
  fc.assert(
    fc.property(configs, configs, fc.nat(3), (before, fresh, kept) => {
      // Some sources are in both, as they were or changed.
      const shared = before.sources
        .slice(0, kept)
        .map((source, i) => (i % 2 === 0 ? source : { ...source, weight: 7 }));
      const names = new Set(shared.map(({ name }) => name));
      const after = { ...fresh, sources: [...shared, ...fresh.sources.filter(({ name }) => !names.has(name))] };
      const { added, changed, removed } = diffConfigs(before, after);
      const running = new Map(before.sources.map((source) => [source.name, source]));
      for (const name of removed) expect(running.delete(name)).toBe(true);
      for (const source of added) expect(running.has(source.name)).toBe(false);
      for (const source of changed) expect(running.get(source.name)).not.toEqual(source);
      for (const source of [...added, ...changed]) running.set(source.name, source);
      expect(running).toEqual(new Map(after.sources.map((source) => [source.name, source])));
    }),
  );
});

test('what runs once a diff was applied differs from the file only in what needs a restart', () => {
  fc.assert(
    fc.property(configs, configs, (before, after) => {
      const { needsRestart } = diffConfigs(before, after);
      const left = diffConfigs(afterDiff(before, after), after);
      expect(left).toEqual({ ...nothing, needsRestart });
      expect(isEmptyDiff(left)).toBe(needsRestart.length === 0);
    }),
  );
});

test('tokens are exchanged while it runs, but for the first and the last one', () => {
  const base = parseConfig('sources: [{ name: a, input: b }]');
  const rule = (name: string) => ({ name, sha256: '0'.repeat(64), streams: ['*'], metrics: false });
  const [none, one, other] = [[], [rule('a')], [rule('b')]].map((access) => ({ ...base, access }));
  expect(diffConfigs(one!, other!)).toEqual({ ...nothing, access: other!.access });
  expect(isEmptyDiff(diffConfigs(one!, other!))).toBe(false);
  expect(diffConfigs(none!, one!)).toEqual({ ...nothing, needsRestart: ['access.tokens'] });
  expect(diffConfigs(one!, none!)).toEqual({ ...nothing, needsRestart: ['access.tokens'] });
  expect(afterDiff(one!, none!).access).toEqual(one!.access);
});

test('where to keep packets, and TLS, change with the next start', () => {
  const minimal = 'sources: [{ name: a, input: b }]\n';
  const before = parseConfig(minimal);
  const restart = (text: string) => diffConfigs(before, parseConfig(`${minimal}${text}`)).needsRestart;
  expect(restart('data: { dir: other }')).toEqual(['data.dir']);
  expect(restart('data: { keep: { age: 60 } }')).toEqual(['data.keep']);
  expect(restart('data: { dir: off }')).toEqual(['data.dir', 'data.keep']);
  expect(restart('data: { keep: { bytes: 1024MiB } }')).toEqual([]);
  expect(restart('listen: { tls: { cert: a, key: b } }')).toEqual(['listen.tls']);
});

test('there and back removes what was added, and changes the same sources', () => {
  fc.assert(
    fc.property(configs, configs, (a, b) => {
      const [there, back] = [diffConfigs(a, b), diffConfigs(b, a)];
      const names = (sources: readonly { name: string }[]) => sources.map(({ name }) => name).sort();
      expect(names(there.added)).toEqual([...back.removed].sort());
      expect(names(there.changed)).toEqual(names(back.changed));
      expect(there.needsRestart.toSorted()).toEqual(back.needsRestart.toSorted());
      expect(there.level).toBe(a.log.level === b.log.level ? undefined : b.log.level);
      expect(back.level).toBe(a.log.level === b.log.level ? undefined : a.log.level);
    }),
  );
});

test('what only a new start can change is named', () => {
  const sources = 'sources: [{ name: a, input: b }]';
  const before = parseConfig(sources);
  const changes = 'listen: { port: 1, origins: [http://a] }\nencoder: { card: c }\nlog: { level: warn }\n';
  const after = parseConfig(`${changes}${sources}`);
  expect(diffConfigs(before, after)).toEqual({
    ...nothing,
    needsRestart: ['listen.port', 'listen.origins', 'encoder.card'],
    level: 'warn',
  });
  expect(diffConfigs(after, before).needsRestart.toSorted()).toEqual(['encoder.card', 'listen.origins', 'listen.port']);
});

test('a default that changes changes the sources that have it', () => {
  const sources = 'sources: [{ name: a, input: a }, { name: b, input: b, fps: 3 }]';
  const [before, after] = [1, 5].map((fps) => parseConfig(`defaults: { fps: ${fps} }\n${sources}`));
  expect(diffConfigs(before!, after!).changed.map(({ name }) => name)).toEqual(['a']);
});
