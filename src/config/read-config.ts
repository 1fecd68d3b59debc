import { createReadStream } from 'node:fs';
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
  return parseConfig(decodeText(path, await readBytes(path)), { file: path, env });
}

async function readBytes(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    // One byte more than may be there tells that there is more, however long the file is.
    for await (const chunk of createReadStream(path, { end: BYTES })) chunks.push(chunk as Buffer);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : (code ?? message);
    throw configInvalid(`${path} cannot be read: ${reason}.`, cause);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length <= BYTES) return bytes;
  throw configInvalid(`${path} has more than ${BYTES} bytes.`);
}

function decodeText(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw configInvalid(`${path} is not in UTF-8.`);
  }
}
