import { FramenestError, asFramenestError } from '../errors.ts';
import type { QueryReader, StandingQuery } from '../media/query-reader.ts';
import { PatchRelevance } from '../scales/query-relevance.ts';
import type { PatchProjection } from '../scales/query-projection.ts';
import { TextThread } from './text-thread.ts';
import type { TextSetup } from './worker/text-messages.ts';

/** Embeddings that are kept. */
const KEPT = 64;

/** Queries that may wait for the model at a time. */
const WAITING = 64;

type Embedding = Float32Array<ArrayBuffer>;

/**
 * The text tower of a vision encoder: reads queries, in a thread of its own, which is started with the first one. Keeps the
 * embeddings of the last 64 queries. A thread that died is started anew by the next query.
 */
export class TextTower implements QueryReader {
  readonly #setup: TextSetup;
  readonly #kept = new Map<string, Promise<Embedding>>();
  #thread: Promise<TextThread> | undefined;
  #waiting = 0;
  #over: FramenestError | undefined;

  constructor(setup: TextSetup) {
    this.#setup = setup;
  }

  /**
   * What a text means.
   * @returns `[size]`, of length 1; shared: not to be written to
   * @throws FramenestError ENCODER_MISMATCH where files and card do not fit; ENCODER_FAILED where the thread dies or 64
   * queries wait already; ABORTED after dispose
   */
  embed(query: string): Promise<Embedding> {
    const kept = this.#kept.get(query);
    const embedding = kept ?? this.#read(query);
    // Asked for last is forgotten last.
    this.#kept.delete(query);
    this.#kept.set(query, embedding);
    for (const oldest of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(oldest);
    if (!kept) void embedding.catch(() => this.#forget(query, embedding));
    return embedding;
  }

  /**
   * The map from patches to the space of the embeddings; starts the thread.
   * @throws FramenestError as `embed`
   */
  async projection(): Promise<PatchProjection> {
    return (await this.#open()).projection();
  }

  /** See {@link QueryReader.ask}. */
  ask(query: string): StandingQuery {
    let relevance: PatchRelevance | undefined;
    const ready = Promise.all([this.embed(query), this.projection()]).then(([embedding, projection]) => {
      relevance = new PatchRelevance(query, embedding, projection);
    });
    // Whoever waits for it hears of it; perhaps nobody does any more.
    ready.catch(() => undefined);
    return {
      text: query,
      ready,
      relevance: (grid) => {
        if (!relevance) throw new RangeError('This query was not read yet.');
        return relevance.relevance(grid);
      },
    };
  }

  /** Ends the thread; queries that wait are rejected with ABORTED. Safe to call twice. */
  async dispose(): Promise<void> {
    this.#over ??= new FramenestError('ABORTED', {
      what: `The text tower of "${this.#setup.name}" was closed.`,
      mend: 'Open the encoder again to ask more.',
    });
    const thread = await this.#thread?.catch(() => undefined);
    await thread?.close(this.#over);
  }

  async #read(query: string): Promise<Embedding> {
    if (this.#waiting >= WAITING) throw tooMany(this.#setup.name);
    this.#waiting++;
    try {
      return await (await this.#open()).embed(query);
    } catch (thrown) {
      throw asFramenestError(thrown);
    } finally {
      this.#waiting--;
    }
  }

  async #open(): Promise<TextThread> {
    this.#checkOpen();
    const begun = this.#thread;
    const thread = await begun?.catch(() => undefined);
    // It may have been disposed meanwhile.
    this.#checkOpen();
    if (thread && !thread.over) return thread;
    // The first of those who wait for one that died starts the next one.
    if (this.#thread === begun) this.#thread = TextThread.start(this.#setup);
    return this.#thread ?? this.#open();
  }

  #checkOpen(): void {
    if (this.#over) throw this.#over;
  }

  #forget(query: string, embedding: Promise<Embedding>): void {
    if (this.#kept.get(query) === embedding) this.#kept.delete(query);
  }
}

function tooMany(name: string): FramenestError {
  return new FramenestError('ENCODER_FAILED', {
    what: `${WAITING} queries wait for the text tower of "${name}" already.`,
    mend: 'Ask again later.',
  });
}
