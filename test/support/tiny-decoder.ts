import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import type { HeldFrame, TokenContent, WindowPart, WindowView } from '#dist/llm/window-frame.js';
import { Random } from './random.ts';
import { toolOrSkip } from './require-tool.ts';

const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('./tiny-decoder.py', import.meta.url));

/** Channels and vocabulary of the model that `tiny-decoder.py` writes, and its token for an image. */
export const tinyFacts = { channels: 32, vocabulary: 281, imageToken: 280 } as const;

/** Whether this machine can write the tiny model and judge it. */
export function canMakeTinyDecoder(): boolean {
  return toolOrSkip(python, ['-c', 'import torch, onnx']);
}

/** The tiny model, written once for a test file, torch beside it, and folders that differ from it. */
export interface TinyDecoder {
  /** Its folder, from `beforeAll` on. */
  readonly folder: string;
  /** A copy in which these files have other content, or are missing (undefined). */
  but(changes: Readonly<Record<string, string | Uint8Array | undefined>>): string;
  /** Asks torch, which reads the whole sequence and has no cache. */
  judge(asked: JudgedCase): Promise<Judgement>;
}

/** A sequence to judge: token ids, visual tokens from position `at` on, and how many tokens to choose after it. */
export interface JudgedCase {
  readonly ids: readonly number[];
  readonly frames?: readonly { readonly at: number; readonly values: Float32Array }[];
  readonly generate?: number;
}

/** Logits of each position, and the likeliest tokens after. */
export interface Judgement {
  readonly logits: readonly (readonly number[])[];
  readonly greedy: readonly number[];
}

/** Writes the tiny model before the tests of a file; everything is removed after them. */
export function tinyDecoder(): TinyDecoder {
  let root = '';
  let copies = 0;
  let torch: Torch | undefined;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'tiny-decoder-'));
    torch = new Torch(join(root, 'tiny'));
    expect(await torch.line()).toBe('ready');
  });
  afterAll(() => {
    torch?.end();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    get folder() {
      return join(root, 'tiny');
    },
    but(changes) {
      const copy = join(root, `copy-${++copies}`);
      cpSync(join(root, 'tiny'), copy, { recursive: true });
      for (const [path, content] of Object.entries(changes)) {
        mkdirSync(dirname(join(copy, path)), { recursive: true });
        if (content === undefined) rmSync(join(copy, path), { recursive: true });
        else writeFileSync(join(copy, path), content);
      }
      return copy;
    },
    async judge(asked) {
      if (!torch) throw new Error('The tiny model has not been written yet.');
      return torch.judge(asked);
    },
  };
}

/** The python process, a line at a time. */
class Torch {
  readonly #child;
  readonly #lines: AsyncIterator<string>;
  #said = '';

  constructor(folder: string) {
    this.#child = spawn(python, ['-W', 'ignore', script, folder]);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done !== true) return next.value;
    throw new Error(`tiny-decoder.py ended: ${this.#said.slice(-2000)}`);
  }

  async judge({ ids, frames = [], generate = 0 }: JudgedCase): Promise<Judgement> {
    const told = frames.map(({ at, values }) => ({ at, rows: rowsOf(values) }));
    this.#child.stdin.write(`${JSON.stringify({ ids, generate, frames: told })}\n`);
    return JSON.parse(await this.line()) as Judgement;
  }

  end(): void {
    this.#child.kill();
  }
}

function rowsOf(values: Float32Array): number[][] {
  const { channels } = tinyFacts;
  return Array.from({ length: values.length / channels }, (_, row) => [
    ...values.subarray(row * channels, (row + 1) * channels),
  ]);
}

/** A frame of so many random visual tokens. */
export function tinyFrame(id: string, tokens: number, channels: number = tinyFacts.channels): HeldFrame<TokenContent> {
  const seed = Buffer.from(id).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7);
  const values = new Random(seed).grid(tokens * channels);
  return { id, atS: 0, untilS: 0, frames: 1, tokens, content: { values, channels } };
}

/** A window of text and frames. */
export function tinyWindow(parts: readonly (string | HeldFrame<TokenContent>)[]): WindowView<TokenContent> {
  const held = parts.map((part): WindowPart<TokenContent> =>
    typeof part === 'string' ? { type: 'text', text: part } : { type: 'frame', frame: part },
  );
  return { parts: held, tokens: 0, cuts: 0, fromS: 0, toS: 0 };
}
