import { isDeepStrictEqual } from 'node:util';
import type { AccessConfig, LogLevel, ServeConfig, SourceConfig } from './serve-config.ts';

/** What is to be done to get from one configuration to the next. */
export interface ConfigDiff {
  /** Sources whose names are new. */
  readonly added: readonly SourceConfig[];
  /** Sources of which anything but the name is different: as they shall be. */
  readonly changed: readonly SourceConfig[];
  /** Names of the sources that are gone. */
  readonly removed: readonly string[];
  /** Keys that only a new start can change, such as `listen.port`; until then they stay as they were. */
  readonly needsRestart: readonly string[];
  /** The log's new level, where it is another one. */
  readonly level?: LogLevel;
  /** All tokens as they shall be, where they are others; from none to some, or back, needs a restart. */
  readonly access?: readonly AccessConfig[];
}

/** Compares two configurations. The order of sources and of keys is of no account, the order of a list's items is. */
export function diffConfigs(before: ServeConfig, after: ServeConfig): ConfigDiff {
  const old = new Map(before.sources.map((source) => [source.name, source]));
  const names = new Set(after.sources.map(({ name }) => name));
  const { level } = after.log;
  const access = isDeepStrictEqual(before.access, after.access) ? undefined : after.access;
  const sameDoor = before.access.length > 0 === after.access.length > 0;
  return {
    added: after.sources.filter(({ name }) => !old.has(name)),
    changed: after.sources.filter((source) => old.has(source.name) && !isDeepStrictEqual(old.get(source.name), source)),
    removed: [...old.keys()].filter((name) => !names.has(name)),
    needsRestart: [
      ...differences('listen', before.listen, after.listen),
      ...(sameDoor ? [] : ['access.tokens']),
      ...differences('data', before.data ?? {}, after.data ?? {}),
      ...differences('encoder', before.encoder, after.encoder),
    ],
    ...(level !== before.log.level && { level }),
    ...(sameDoor && access && { access }),
  };
}

/** Whether a diff asks for nothing. */
export function isEmptyDiff({ added, changed, removed, needsRestart, level, access }: ConfigDiff): boolean {
  const lists = added.length + changed.length + removed.length + needsRestart.length;
  return lists === 0 && level === undefined && access === undefined;
}

/** What runs once a diff was applied: what needs a restart is as it was. */
export function afterDiff(before: ServeConfig, after: ServeConfig): ServeConfig {
  const { listen, encoder, data } = before;
  const { log, sources } = after;
  const access = diffConfigs(before, after).access ?? before.access;
  return { listen, access, ...(data && { data }), log, encoder, sources };
}

function differences(section: string, before: object, after: object): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const differs = (key: string): boolean => !isDeepStrictEqual(Reflect.get(before, key), Reflect.get(after, key));
  return [...keys].filter(differs).map((key) => `${section}.${key}`);
}
