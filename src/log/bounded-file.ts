import { createReadStream } from 'node:fs';

/**
 * Reads a small file whole.
 * @param most - bytes; of a longer file, or one that never ends, no more than one byte further is read
 * @param refuse - makes the error from what is wrong: `cannot be read: …`, `has more than … bytes`
 * @throws what `refuse` makes
 */
export async function readBoundedFile(
  path: string,
  most: number,
  refuse: (problem: string, cause?: unknown) => Error,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: most })) chunks.push(chunk as Buffer);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw refuse(`cannot be read: ${code === 'ENOENT' ? 'there is no such file' : (code ?? message)}`, cause);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length > most) throw refuse(`has more than ${most} bytes`);
  return bytes;
}
