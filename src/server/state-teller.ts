import type { Unsubscribable } from 'rxjs';
import type { Pass } from './access.ts';
import type { Outbox } from './outbox.ts';
import type { StreamDirectory } from './stream-directory.ts';
import type { TokenStream } from './token-stream.ts';

/** What a teller needs of its session. */
export interface StateTellerParts {
  readonly directory: StreamDirectory;
  readonly outbox: Outbox;
  readonly pass: Pass;
  /** Whether the session is subscribed to a stream. */
  readonly follows: (stream: string) => boolean;
}

/**
 * Tells one session where the sources stand of the streams that it listens to or is subscribed to: as it begins to, and at
 * each change. `welcome` told the word alone, some time ago; so the first one is always told, and no memory is kept of what
 * was. Where the client does not read, the newest state of a stream waits for it and no other.
 */
export class StateTeller {
  readonly #parts: StateTellerParts;
  readonly #changes: Unsubscribable;
  #listens: (stream: string) => boolean = none;

  constructor(parts: StateTellerParts) {
    this.#parts = parts;
    this.#changes = parts.directory.moved.subscribe((stream) => this.tell(stream));
  }

  /** From now on also of the streams of these names, or of all; says where each stands. */
  listen(names: ReadonlySet<string> | undefined): void {
    this.#listens = names ? (stream) => names.has(stream) : () => true;
    for (const stream of this.#parts.directory.all) if (this.#listens(stream.name)) this.tell(stream);
  }

  /** Only of streams that are subscribed to. */
  unlisten(): void {
    this.#listens = none;
  }

  /** Says where a stream stands, where this session wants to know. */
  tell(stream: TokenStream): void {
    const { name } = stream;
    const { directory, outbox } = this.#parts;
    if (!this.#wants(name)) return;
    outbox.tellNewest(name, () => {
      // By then another one may have taken its place, or nobody may want to know any more.
      const { status } = directory.get(name) ?? stream;
      return this.#wants(name) ? { type: 'state', stream: name, ...status } : undefined;
    });
  }

  /** The session is over. */
  end(): void {
    this.#changes.unsubscribe();
  }

  #wants(name: string): boolean {
    const { pass, follows } = this.#parts;
    return pass.maySee(name) && (this.#listens(name) || follows(name));
  }
}

function none(): boolean {
  return false;
}
