import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeRecord } from './journal-record.ts';
import type { LogOp } from './log-op.ts';

/** Path of a generation of the journal of a folder. */
export function journalPath(dir: string, generation: number): string {
  return join(dir, `journal-${generation}`);
}

/**
 * What was appended since the database was last written: a file that is written, never synced, and thrown away when the
 * database has its content. It outlives the process, not the machine.
 */
export class Journal {
  readonly #dir: string;
  #generation: number;
  #file: FileHandle | undefined;
  #bytes = 0;

  /** @param generation - of the first file; above all that are in the folder */
  constructor(dir: string, generation: number) {
    this.#dir = dir;
    this.#generation = generation;
  }

  /** Bytes in the open generation. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes changes, in order; one call at a time. After a failure, `turn` before the next one. */
  async write(ops: readonly LogOp[]): Promise<void> {
    this.#file ??= await open(journalPath(this.#dir, this.#generation), 'wx', 0o600);
    const parts = ops.flatMap(encodeRecord).filter((part) => part.byteLength > 0);
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
    const { bytesWritten } = await this.#file.writev(parts);
    if (bytesWritten < length) await this.#file.write(Buffer.concat(parts).subarray(bytesWritten));
    this.#bytes += length;
  }

  /** Ends this generation and begins the next one. @returns the one that ended, where it holds anything */
  async turn(): Promise<number | undefined> {
    if (!this.#file) return undefined;
    const [file, ended] = [this.#file, this.#generation];
    this.#file = undefined;
    this.#bytes = 0;
    this.#generation++;
    // What was written stands, however closing went.
    await file.close().catch(() => undefined);
    return ended;
  }
}
