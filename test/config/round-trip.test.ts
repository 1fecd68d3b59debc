import { createHash } from 'node:crypto';
import { parseConfig } from '#dist/config/parse-config.js';
import type { SourceConfig } from '#dist/config/serve-config.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { configFiles, escaped } from './config-files.ts';
import type { AccessFile, ConfigFile, SourceFile } from './config-files.ts';

const minimal = parseConfig('sources: [{ name: a, input: b }]');

/** What a source must become, from what the defaults are and what each key is called in the library. */
function expected({ name, input, retry = {}, events, ...given }: SourceFile): SourceConfig {
  const [base] = minimal.sources;
  if (!base) throw new Error('There is no source.');
  const { openTimeout, stallTimeout, hide, ignore, regions, ...rest } = given;
  const { fps, decoder, live, transport, hwaccel, weight, burst, refresh, minScene, ...options } = rest;
  const { first = 1, most = 60, attempts = 'forever' } = retry;
  const region = ([x, y, width, height]: readonly number[]) => ({ x, y, width, height });
  const own = {
    ...{ name, input, fps, decoder, live, transport, hwaccel, weight },
    ...{ openTimeoutS: openTimeout, stallS: stallTimeout },
    ...{ hide: hide?.map(region), ignore: ignore?.map(region), regions: regions?.map(region) },
  };
  const renamed = { ...options, stream: name, burstS: burst, refreshS: refresh, minSceneS: minScene };
  return {
    ...base,
    ...written(own),
    retry: { firstS: first, mostS: most, attempts: attempts === 'forever' ? Infinity : attempts },
    events: { quietS: events?.quiet ?? 3 },
    options: { ...base.options, ...written(renamed) },
  };
}

function expectedAccess({ name, token, sha256 = '', streams = [], metrics = false, expires }: AccessFile): object {
  const digest = token === undefined ? sha256.toLowerCase() : createHash('sha256').update(token).digest('hex');
  return { name, sha256: digest, streams, metrics, ...(expires !== undefined && { expiresMs: Date.parse(expires) }) };
}

const sizes: Readonly<Record<string, number>> = { '512MiB': 2 ** 29, '1.5 GiB': 1.5 * 2 ** 30, '2TiB': 2 ** 41 };

function expectedData({ dir = './.framenest', keep = {} }: ConfigFile['data'] = {}): object | undefined {
  const { bytes = 2 ** 30, age = 86_400, packets = 1_000_000 } = keep;
  return dir === 'off' ? undefined : { dir, keep: { bytes: sizes[bytes] ?? Number(bytes), ageS: age, packets } };
}

const written = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

test('a valid file, however it is written, becomes what it says', () => {
  fc.assert(
    fc.property(configFiles, fc.constantFrom('block', 'flow', 'json'), (file, style) => {
      const safe = JSON.parse(escaped(JSON.stringify(file))) as typeof file;
      const collectionStyle = style === 'flow' ? 'flow' : 'any';
      const config = parseConfig(style === 'json' ? JSON.stringify(safe) : stringify(safe, { collectionStyle }));
      expect(config.sources).toEqual(file.sources.map(expected));
      expect(config.listen).toEqual({ ...minimal.listen, ...file.listen });
      expect(config.log).toEqual({ ...minimal.log, ...file.log });
      expect(config.encoder).toEqual({ ...minimal.encoder, ...file.encoder });
      expect(config.access).toEqual((file.access?.tokens ?? []).map(expectedAccess));
      expect(config.data).toEqual(expectedData(file.data));
    }),
  );
});

test('what every source has may as well stand in the defaults', () => {
  const parse = (file: object) => parseConfig(escaped(JSON.stringify(file)));
  fc.assert(
    fc.property(configFiles, (file) => {
      const [first] = file.sources;
      const bare = file.sources.map(({ name, input }) => ({ name, input }));
      const shared = Object.fromEntries(
        Object.entries(first ?? {}).filter(([key]) => key !== 'name' && key !== 'input'),
      );
      const long = { ...file, sources: bare.map((source) => ({ ...source, ...shared })) };
      const short = { ...file, defaults: shared, sources: bare };
      expect(parse(short)).toEqual(parse(long));
    }),
  );
});
