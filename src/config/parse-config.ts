import { checkConfig } from './check-config.ts';
import { mergeDefaults } from './merge-defaults.ts';
import { Places } from './places.ts';
import { Problems, configInvalid } from './problems.ts';
import type { ServeConfig } from './serve-config.ts';
import { toServeConfig } from './to-serve-config.ts';
import { YamlDocument } from './yaml-document.ts';

/** What a text is read with. */
export interface ParseOptions {
  /** Name of the file in messages. */
  readonly file?: string;
  /** Where `${NAME}` is looked up. Default: nothing is there. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Reads the text of a configuration file: YAML 1.2, variables of the environment replaced, every key checked, defaults
 * filled in.
 * @throws FramenestError CONFIG_INVALID with a line for every problem: `framenest.yaml:12:7: sources[1].fps is "fast":
 * expected …`. Values of variables and credentials of URLs are in none of them.
 */
export function parseConfig(text: string, { file = 'framenest.yaml', env = {} }: ParseOptions = {}): ServeConfig {
  const document = new YamlDocument(text);
  const problems = new Problems(document, file);
  for (const { offset, words } of document.faults) problems.add(offset, words);
  problems.throwAny();

  for (const { offset, words } of document.fill(env)) problems.add(offset, words);
  const { value } = document;
  const checked = checkConfig(mergeDefaults(value), new Places(document, value), problems);
  problems.throwAny();
  if (checked === undefined) throw configInvalid(`${file} cannot be used.`);
  return toServeConfig(checked);
}
