import { Tensor } from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { createSession, firstLine, signatureOf } from '../../../encode/worker/ort-session.ts';
import { floatsOf } from '../../../encode/worker/patch-rows.ts';
import { FramenestError } from '../../../errors.ts';
import { toHalves } from '../../../wire/float-formats.ts';
import { decoderShape } from '../decoder-shape.ts';
import type { DecoderShape } from '../decoder-shape.ts';
import { modelInvalid } from '../model-invalid.ts';
import { floatTensor, KvCache, positionsIn } from './kv-cache.ts';
import type { DecoderSetup, SplicedRows } from './messages.ts';

/** Bytes of logits in one run, about: a run gives those of all its tokens, and only the last ones are of use. */
const logitBytes = 64 * 2 ** 20;

/** Tokens of a question that are read in one run; the answer can be stopped between two. */
function runLength({ vocabulary }: DecoderShape): number {
  return Math.max(16, Math.min(256, Math.floor(logitBytes / (4 * vocabulary))));
}

/** A language model with its cache. Runs block the thread and must not overlap. */
export class Decoder {
  readonly shape: DecoderShape;
  readonly #embed: InferenceSession;
  readonly #decoder: InferenceSession;
  readonly #cache: KvCache;

  /** Positions that fit: of the question and of its answer. */
  readonly contextTokens: number;

  private constructor(embed: InferenceSession, decoder: InferenceSession, setup: DecoderSetup) {
    this.shape = decoderShape(signatureOf(embed), signatureOf(decoder));
    this.#embed = embed;
    this.#decoder = decoder;
    this.contextTokens = Math.min(setup.contextTokens, positionsIn(setup.cacheBytes, this.shape));
    this.#cache = new KvCache(this.shape, this.contextTokens);
  }

  /**
   * Loads both graphs.
   * @throws FramenestError MODEL_INVALID naming the file that cannot be loaded or has another signature
   */
  static async open(setup: DecoderSetup): Promise<Decoder> {
    const embed = await session(setup.embedPath, setup.threads);
    return new Decoder(embed, await session(setup.decoderPath, setup.threads), setup);
  }

  /** Positions that the cache holds. */
  get held(): number {
    return this.#cache.length;
  }

  /** Drops what the cache holds after the first `length` positions. */
  keep(length: number): void {
    this.#cache.keep(length);
  }

  /**
   * Reads tokens and the visual tokens among them, after what is held, a run at a time.
   * @param ids at least one
   * @param go asked before each run, with the tokens of the run before; false ends the reading
   * @returns the logits `[vocabulary]` after the last token; undefined where `go` said no
   */
  async read(
    ids: Int32Array,
    frames: readonly SplicedRows[],
    go: (tokens: number) => boolean = () => true,
  ): Promise<Float32Array | undefined> {
    const most = runLength(this.shape);
    let logits: Float32Array | undefined;
    let last = 0;
    for (let from = 0; from < ids.length; from += most) {
      if (!go(last)) return undefined;
      const part = ids.subarray(from, from + most);
      last = part.length;
      logits = lastRow(await this.#run(await this.#rows(part, from, frames), part.length), this.shape.vocabulary);
    }
    return go(last) ? logits : undefined;
  }

  /** Frees the model's memory. */
  async release(): Promise<void> {
    await this.#embed.release();
    await this.#decoder.release();
  }

  /** Embeddings `[tokens, channels]` of the tokens `from` on, visual ones in their places. */
  async #rows(ids: Int32Array, from: number, frames: readonly SplicedRows[]): Promise<Float32Array> {
    const { channels } = this.shape;
    const input = new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
    const rows = floatsOf(only(await this.#embed.run({ input_ids: input }, ['inputs_embeds']), 'inputs_embeds'));
    if (rows.length !== ids.length * channels) throw new Error(`embed_tokens gives ${rows.length} values`);
    for (const { at, values } of frames) {
      const [first, end] = [Math.max(at, from), Math.min(at + values.length / channels, from + ids.length)];
      if (first < end)
        rows.set(values.subarray((first - at) * channels, (end - at) * channels), (first - from) * channels);
    }
    return rows;
  }

  async #run(rows: Float32Array, count: number): Promise<Float32Array> {
    const { channels, inputType, takesPositions } = this.shape;
    const held = this.#cache.length;
    const total = held + count;
    const positions = (): Tensor =>
      new Tensor(
        'int64',
        BigInt64Array.from({ length: count }, (_, index) => BigInt(held + index)),
        [1, count],
      );
    const feeds = {
      inputs_embeds: floatTensor(inputType === 'float32' ? rows : toHalves(rows), [1, count, channels]),
      attention_mask: new Tensor('int64', new BigInt64Array(total).fill(1n), [1, total]),
      ...(takesPositions ? { position_ids: positions() } : {}),
      ...this.#cache.past(),
    };
    const outputs = await this.#decoder.run(feeds, { logits: null, ...this.#cache.present(total) });
    this.#cache.commit(total);
    return floatsOf(only(outputs, 'logits'));
  }
}

async function session(path: string, threads: number): Promise<InferenceSession> {
  try {
    return await createSession(path, { provider: 'cpu', threads, optimise: true });
  } catch (thrown) {
    const cause = thrown instanceof FramenestError ? thrown.cause : thrown;
    throw modelInvalid(
      `ONNX Runtime cannot load ${path}: ${firstLine(cause)}.`,
      'Fetch the file again; external weights (.onnx_data) must lie beside it.',
      cause,
    );
  }
}

function only(outputs: InferenceSession.OnnxValueMapType, name: string): Tensor {
  const output = outputs[name];
  if (output instanceof Tensor) return output;
  throw new Error(`the model gave no "${name}"`);
}

function lastRow(logits: Float32Array, vocabulary: number): Float32Array {
  return logits.slice(logits.length - vocabulary);
}
