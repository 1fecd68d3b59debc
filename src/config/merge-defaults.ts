/** A YAML map. */
export type Values = Readonly<Record<string, unknown>>;

/** Whether a value is a map. */
export function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Maps inside a source that are joined key by key; every other value of a source takes the place of the default. */
const nested = ['retry', 'events'];

/**
 * The file's values with `defaults` put into every source. A key without a value (`price:`) counts as not written, and
 * as taking a default back. What is no map or list where one belongs stays, for the check to find.
 */
export function mergeDefaults(value: unknown): unknown {
  if (!isValues(value)) return value;
  const { sources, ...sections } = value;
  const { defaults, ...others } = written(sections);
  const merged = Array.isArray(sources) ? sources.map((source: unknown) => mergeSource(defaults, source)) : sources;
  return {
    ...others,
    ...(defaults !== undefined && { defaults: section(defaults) }),
    ...(merged !== null && { sources: merged }),
  };
}

function mergeSource(defaults: unknown, source: unknown): unknown {
  if (!isValues(source)) return source;
  if (!isValues(defaults)) return written(source);
  const joined = nested.flatMap((key) => {
    const [before, own] = [defaults[key], source[key]];
    return isValues(before) && isValues(own) ? [[key, { ...before, ...own }] as const] : [];
  });
  return written({ ...defaults, ...source, ...Object.fromEntries(joined) });
}

/** Whether a value at `path` was written there, with or without a value. */
export function isWritten(value: unknown, path: readonly PropertyKey[]): boolean {
  const [part, ...rest] = path;
  if (part === undefined) return true;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return false;
  return isWritten(Reflect.get(value, part), rest);
}

/** Without the keys that have no value, in it and in the maps and lists within. */
function written(values: Values): Values {
  const kept = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept.map(([key, value]) => [key, section(value)]));
}

function section(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => (isValues(item) ? written(item) : item));
  return isValues(value) ? written(value) : value;
}
