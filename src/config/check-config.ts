import type { z } from 'zod';
import { redactInput } from '../decode/redact.ts';
import { defaultEncoder, knownEncoders } from '../encode/known-encoders.ts';
import type { PipelineOptions } from '../pipeline/pipeline-options.ts';
import { closestName } from './closest-name.ts';
import { isValues } from './merge-defaults.ts';
import type { Values } from './merge-defaults.ts';
import { checkPipelineKeys } from './pipeline-keys.ts';
import type { KeyFault } from './pipeline-keys.ts';
import { pathWords } from './places.ts';
import type { Places } from './places.ts';
import type { Problems } from './problems.ts';
import { keysAt } from './schema-keys.ts';
import { configSchema, defaultFps } from './schema.ts';
import type { ConfigValues } from './schema.ts';
import type { Path } from './yaml-document.ts';

/** What a check gives where it adds no problem. */
export interface CheckedConfig {
  readonly values: ConfigValues;
  /** Of the pipeline of each source. */
  readonly options: readonly PipelineOptions[];
}

/**
 * Checks a file's values, `defaults` already in the sources, and adds every problem with the place where it was written.
 * @returns undefined where there is any
 */
export function checkConfig(merged: unknown, places: Places, problems: Problems): CheckedConfig | undefined {
  const { data: values, error } = configSchema.safeParse(merged);
  for (const issue of error?.issues ?? []) addIssue(issue, places, problems);
  const { sources, encoder } = isValues(merged) ? merged : {};
  if (!Array.isArray(sources)) return undefined;
  addDoubles(sources, places, problems);
  const options = checkOptions(sources, gridSideOf(encoder), (index, { path, words, together }) =>
    add(['sources', index, ...path], words, together, places, problems),
  );
  return values && options.length === sources.length ? { values, options } : undefined;
}

function addIssue(issue: z.core.$ZodIssue, places: Places, problems: Problems): void {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) addUnknown([...issue.path, key], places, problems);
    return;
  }
  const together = issue.code === 'custom' && issue.params?.['together'] === true;
  add(issue.path, issue.message, together, places, problems);
}

/** @param together - the fault is that of the path, although the value may come from `defaults` */
function add(path: Path, words: string, together: boolean, places: Places, problems: Problems): void {
  const shown = together ? path : places.written(path);
  problems.add(places.offset(path), `${places.say(shown)}: ${words}`);
}

function addUnknown(path: Path, places: Places, problems: Problems): void {
  const written = places.written(path);
  const key = String(written.at(-1));
  const near = closestName(key, keysAt(configSchema, path.slice(0, -1)));
  const hint = near === undefined ? '' : `: did you mean "${near}"?`;
  const words = `${pathWords(written.slice(0, -1))} has no key ${JSON.stringify(redactInput(key).slice(0, 80))}${hint}`;
  problems.add(places.offset(path, 'key'), words);
}

function addDoubles(sources: readonly unknown[], places: Places, problems: Problems): void {
  const first = new Map<unknown, number>();
  for (const [index, source] of sources.entries()) {
    if (!isValues(source) || source['name'] === undefined) continue;
    const before = first.get(source['name']);
    const words = `expected a name of its own, and sources[${before ?? 0}] has this one`;
    if (before === undefined) first.set(source['name'], index);
    else add(['sources', index, 'name'], words, false, places, problems);
  }
}

function checkOptions(
  sources: readonly unknown[],
  gridSide: number | undefined,
  onFault: (index: number, fault: KeyFault) => void,
): PipelineOptions[] {
  return sources.flatMap((source: unknown, index) => {
    if (!isValues(source)) return [];
    const checked = checkPipelineKeys(source, { fps: source['fps'] ?? defaultFps, gridSide });
    for (const fault of checked.faults) onFault(index, fault);
    return 'options' in checked ? [checked.options] : [];
  });
}

/** Rows of the patch grid, where the encoder is one that is known without opening it. */
function gridSideOf(encoder: unknown): number | undefined {
  const { name = defaultEncoder }: Values = isValues(encoder) ? encoder : {};
  return knownEncoders.find((known) => known.name === name)?.gridSide;
}
