import { readBoundedFile } from '../log/bounded-file.ts';
import { parseConfig } from './parse-config.ts';
import { configInvalid } from './problems.ts';
import type { ServeConfig } from './serve-config.ts';

/** A configuration file has at most so many bytes. */
const BYTES = 1 << 20;

/**
 * Reads a configuration file, see `parseConfig`.
 * @param path - relative to the working directory; messages name it as it is given
 * @throws FramenestError CONFIG_INVALID: no such file, more than 1 MiB, not UTF-8, or a line for everything in it that
 * is wrong
 */
export async function readConfig(path: string, env: NodeJS.ProcessEnv = process.env): Promise<ServeConfig> {
  const bytes = await readBoundedFile(path, BYTES, (problem, cause) => configInvalid(`${path} ${problem}.`, cause));
  return parseConfig(decodeText(path, bytes), { file: path, env });
}

function decodeText(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw configInvalid(`${path} is not in UTF-8.`);
  }
}
