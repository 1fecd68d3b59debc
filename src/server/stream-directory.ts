import { Observable, Subject, merge, mergeMap, skip } from 'rxjs';
import { FramenestError } from '../errors.ts';
import type { StreamEvent } from '../wire/control-message.ts';
import type { TokenStream } from './token-stream.ts';

/** Streams at most: the welcome that names them all stays below what clients read. */
const STREAMS = 1024;

/** The streams that a server offers, by name. They may come and go while it runs. */
export class StreamDirectory {
  readonly #streams = new Map<string, TokenStream>();
  readonly #added = new Subject<TokenStream>();
  readonly #changes = new Subject<void>();
  readonly #moved = new Subject<TokenStream>();
  #closed = false;

  /** @throws FramenestError OPTION_INVALID where two have one name, or they are too many */
  constructor(streams: readonly TokenStream[]) {
    for (const stream of streams) this.#put(stream);
  }

  /** Fires after a stream was added, replaced or removed. */
  get changes(): Observable<void> {
    return this.#changes;
  }

  /** Events of every stream, those that come later included. */
  get events(): Observable<StreamEvent> {
    return merge(
      new Observable<TokenStream>((now) => this.#streams.forEach((stream) => now.next(stream))),
      this.#added,
    ).pipe(mergeMap((stream) => stream.events));
  }

  /**
   * Fires with each stream whose source stands elsewhere now, and with each that was added: look at its `status`. A server
   * that goes ends no source for good: completes before the streams are closed.
   */
  get moved(): Observable<TokenStream> {
    return this.#moved;
  }

  /** Every stream now. */
  get all(): readonly TokenStream[] {
    return [...this.#streams.values()];
  }

  /** The stream of that name. */
  get(name: string): TokenStream | undefined {
    return this.#streams.get(name);
  }

  /**
   * Offers one more stream. Closed with the directory.
   * @throws FramenestError OPTION_INVALID where its name is taken, or there are too many; ABORTED after `close`
   */
  add(stream: TokenStream): void {
    this.#put(stream);
    // In this order, so that who hears of both knows the stream before its first event.
    this.#changes.next();
    this.#moved.next(stream);
    this.#added.next(stream);
  }

  /** Closes a stream and offers it no more; nothing happens where there is none of that name. */
  async remove(name: string): Promise<void> {
    const stream = this.#streams.get(name);
    if (!stream) return;
    this.#streams.delete(name);
    this.#changes.next();
    await stream.close();
  }

  /** Closes every stream. They can still be read to what they have. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#added.complete();
    this.#changes.complete();
    this.#moved.complete();
    await Promise.all(this.all.map((stream) => stream.close()));
  }

  #put(stream: TokenStream): void {
    if (this.#closed) {
      throw new FramenestError('ABORTED', {
        what: `The stream "${stream.name}" was added to a server that is closing.`,
        mend: 'Start the server again.',
      });
    }
    if (this.#streams.has(stream.name)) {
      throw new FramenestError('OPTION_INVALID', {
        what: `Two streams are called "${stream.name}".`,
        mend: 'Give each stream a name of its own.',
      });
    }
    if (this.#streams.size >= STREAMS) {
      throw new FramenestError('OPTION_INVALID', {
        what: `"${stream.name}" would be one stream more than ${STREAMS}, the most of one server.`,
        mend: 'Start a second server.',
      });
    }
    this.#streams.set(stream.name, stream);
    stream.statuses.pipe(skip(1)).subscribe(() => this.#moved.next(stream));
  }
}
