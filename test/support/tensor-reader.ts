import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { toolOrSkip } from './require-tool.ts';

/** Debian's Python, which has torch and numpy: the judge of our payloads. */
const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('read_tensor.py', import.meta.url));

/** Whether {@link TensorReader} runs here. */
export function tensorReaderOrSkip(): boolean {
  return toolOrSkip(python, ['-c', 'import numpy, torch']);
}

/** A tensor as Python read it. */
export interface ReadTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly contiguous: boolean;
  /** Where they were asked for. */
  readonly values: readonly number[];
}

interface Told {
  readonly error?: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly contiguous: boolean;
  readonly values?: string;
}

/** Reads tensors in one Python process, in order, which starts with the first one. */
export class TensorReader {
  readonly #waiting: ((line: string) => void)[] = [];
  #started: ChildProcessByStdio<Writable, Readable, null> | undefined;

  /**
   * @param data - base64
   * @throws Error with Python's words where the bytes are no tensor
   */
  async read(data: string, readers: readonly ('npy' | 'torch')[], values = false): Promise<ReadTensor> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#child().stdin.write(`${JSON.stringify({ data, readers, values })}\n`);
    });
    const told = JSON.parse(line) as Told;
    if (told.error !== undefined) throw new Error(told.error);
    return { ...told, values: numbersOf(told) };
  }

  close(): void {
    this.#started?.kill();
  }

  #child(): ChildProcessByStdio<Writable, Readable, null> {
    if (!this.#started) {
      this.#started = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
      createInterface({ input: this.#started.stdout }).on('line', (line) => this.#waiting.shift()?.(line));
    }
    return this.#started;
  }
}

/** One for all tests of a file, or of a `describe`: Python takes seconds to start. Closed after the last of them. */
export function sharedTensorReader(): TensorReader {
  const reader = new TensorReader();
  afterAll(() => reader.close());
  return reader;
}

function numbersOf({ dtype, values = '' }: Told): number[] {
  const bytes = Uint8Array.from(Buffer.from(values, 'base64'));
  return dtype === 'int64'
    ? Array.from(new BigInt64Array(bytes.buffer), Number)
    : Array.from(new Float64Array(bytes.buffer));
}
