import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tokenizers from '@huggingface/tokenizers';
import { Tensor } from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { FramenestError } from '../../errors.ts';
import { isMissing } from '../encoder-folders.ts';
import { describeTensor } from '../model-signature.ts';
import type { TensorSignature } from '../model-signature.ts';
import type { TextCard } from '../text-card.ts';
import { createSession, firstLine, signatureOf } from './ort-session.ts';
import { floatsOf } from './patch-rows.ts';
import type { TextSetup } from './text-messages.ts';

const MASK = 'attention_mask';

/** What is used of a tokenizer; the package's own types cannot be resolved here. */
interface Tokenizer {
  encode(text: string): { readonly ids: readonly number[] };
}

const { Tokenizer: PublishedTokenizer } = tokenizers as unknown as {
  readonly Tokenizer: new (tokenizer: object, config: object) => Tokenizer;
};

/** A loaded text tower with its tokenizer. Its runs block the thread and must not overlap. */
export class TextModel {
  readonly #setup: TextSetup;
  readonly #session: InferenceSession;
  readonly #tokenizer: Tokenizer;
  readonly #inputs: readonly TensorSignature[];
  readonly #size: number;

  private constructor(setup: TextSetup, session: InferenceSession, tokenizer: Tokenizer, size: number) {
    this.#setup = setup;
    this.#session = session;
    this.#tokenizer = tokenizer;
    this.#inputs = signatureOf(session).inputs;
    this.#size = size;
    this.#checkInputs();
  }

  /**
   * Loads both.
   * @param size - of an embedding
   * @throws FramenestError ENCODER_MISMATCH where either cannot be loaded, or is none for texts
   */
  static async open(setup: TextSetup, size: number): Promise<TextModel> {
    const { folder, text } = setup;
    const tokenizer = await readTokenizer(join(folder, text.tokenizer));
    const session = await createSession(join(folder, text.file), { provider: 'cpu', threads: 1, optimise: true });
    return new TextModel(setup, session, tokenizer, size);
  }

  /**
   * What a text means: the embedding of its last token, which marks its end, and not that of the padding behind it.
   * @returns `[size]`, of length 1; the caller's
   * @throws FramenestError ENCODER_MISMATCH where the model fails on it or gives something else than an embedding
   */
  async embed(query: string): Promise<Float32Array<ArrayBuffer>> {
    const { outputName } = this.#setup.text;
    const ids = this.#idsOf(query);
    let output: Tensor | undefined;
    try {
      output = (await this.#session.run(this.#feeds(ids), [outputName]))[outputName];
    } catch (thrown) {
      throw this.#mismatch(`fails on a text: ${firstLine(thrown)}`, thrown);
    }
    if (!output) throw this.#mismatch(`gave no "${outputName}"`);
    return this.#embedding(output, ids.length - 1);
  }

  /** Frees the model's memory. It is of no use afterwards. */
  release(): Promise<void> {
    return this.#session.release();
  }

  /** As many tokens as the model takes; the last one, which marks the end, is always there. */
  #idsOf(query: string): readonly number[] {
    // Of what it does not know the package gives `undefined`, where a tokenizer has no token for that.
    const ids = this.#tokenizer.encode(query).ids.filter((id) => Number.isInteger(id));
    const last = ids.at(-1);
    if (last === undefined) throw this.#mismatch('has a tokenizer that makes no token of a text');
    const { contextLength } = this.#setup.text;
    return ids.length <= contextLength ? ids : [...ids.slice(0, contextLength - 1), last];
  }

  /** Padded with the last token where the model fixes the length. */
  #feeds(ids: readonly number[]): Record<string, Tensor> {
    const wanted = this.#input(this.#setup.text.inputName)?.dims[1];
    const length = typeof wanted === 'number' ? Math.max(wanted, ids.length) : ids.length;
    const padded = Array.from({ length }, (_, i) => ids[i] ?? ids.at(-1) ?? 0);
    const mask = Array.from({ length }, (_, i) => (i < ids.length ? 1 : 0));
    const feeds = this.#inputs.map(
      ({ name, dtype }) => [name, integers(dtype, name === MASK ? mask : padded)] as const,
    );
    return Object.fromEntries(feeds);
  }

  #embedding(output: Tensor, last: number): Float32Array<ArrayBuffer> {
    const from = this.#rowOf(output.dims, last) * this.#size;
    const row = Float32Array.from(floatsOf(output).subarray(from, from + this.#size));
    const norm = Math.hypot(...row);
    if (!(norm > 0 && norm < Infinity)) throw this.#mismatch('gave an embedding that is no direction');
    return row.map((value) => value / norm);
  }

  /** Which row of the output stands for the text. */
  #rowOf(dims: readonly number[], last: number): number {
    const [batch, ...shape] = dims;
    const [length = 0] = shape;
    if (batch === 1 && shape.at(-1) === this.#size) {
      if (shape.length === 1) return 0;
      if (shape.length === 2 && length > last) return last;
    }
    const wanted = `[1, ${this.#size}] or [1, length, ${this.#size}], as large as the patches' projection`;
    throw this.#mismatch(`gave ${this.#setup.text.outputName} [${dims.join(', ')}] where ${wanted} is wanted`);
  }

  #input(name: string): TensorSignature | undefined {
    return this.#inputs.find((input) => input.name === name);
  }

  #checkInputs(): void {
    const { inputName } = this.#setup.text;
    const odd = this.#inputs.find(({ name, dtype, dims }) => {
      const known = name === inputName || name === MASK;
      return !known || !/^int(32|64)$/.test(dtype) || (dims.length !== 2 && dims.length !== 0);
    });
    if (odd) throw this.#mismatch(`wants the input ${describeTensor(odd)}, which is not known of a text tower`);
    if (!this.#input(inputName)) throw this.#mismatch(`has no input "${inputName}"`);
    const { outputName } = this.#setup.text;
    const { outputs } = signatureOf(this.#session);
    if (outputs.some(({ name }) => name === outputName)) return;
    throw this.#mismatch(`has no output "${outputName}", only ${outputs.map(describeTensor).join(', ')}`);
  }

  #mismatch(what: string, cause?: unknown): FramenestError {
    return textMismatch(this.#setup.name, this.#setup.text, what, cause);
  }
}

/** ENCODER_MISMATCH of a text tower. */
export function textMismatch(name: string, { file }: TextCard, what: string, cause?: unknown): FramenestError {
  return new FramenestError('ENCODER_MISMATCH', {
    what: `The text tower ${file} of "${name}" ${what}.`,
    mend: 'Correct "text" in the card, or use the files that it was written for; docs/encoders.md describes it.',
    cause,
  });
}

function integers(dtype: string, values: readonly number[]): Tensor {
  const dims = [1, values.length];
  if (dtype === 'int32') return new Tensor('int32', Int32Array.from(values), dims);
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}

async function readTokenizer(path: string): Promise<Tokenizer> {
  try {
    const config = await jsonOf(join(dirname(path), 'tokenizer_config.json'));
    return new PublishedTokenizer((await jsonOf(path)) ?? {}, config ?? {});
  } catch (cause) {
    throw new FramenestError('ENCODER_MISMATCH', {
      what: `${path} cannot be read as a tokenizer: ${cause instanceof Error ? cause.message : String(cause)}.`,
      mend: 'Fetch it again, or name the right file in the card.',
      cause,
    });
  }
}

async function jsonOf(path: string): Promise<object | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as object;
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}
