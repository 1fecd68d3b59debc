import { Inbox } from '../../client/inbox.ts';
import type { FramenestError } from '../../errors.ts';
import { brokenAnswer, silentHost } from './host-error.ts';
import type { HostIdentity } from './host-error.ts';

/** Most characters of one answer; a host that says more is broken, or does not know the end. */
const ANSWER_MOST = 1 << 20;

/** One answer between a socket that pushes and a loop that pulls: bounded in size, and in the time between its pieces. */
export class Answer {
  readonly #inbox = new Inbox<string>();
  readonly #host: HostIdentity;
  readonly #silenceS: number;
  #characters = 0;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(host: HostIdentity, silenceS: number) {
    this.#host = host;
    this.#silenceS = silenceS;
    this.heard();
  }

  /** The host gave a sign of life: its time begins anew. */
  heard(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#timer = setTimeout(() => this.fail(silentHost(this.#host, this.#silenceS)), this.#silenceS * 1000);
  }

  /** Adds a piece. */
  put(piece: string): void {
    this.heard();
    this.#characters += piece.length;
    if (this.#characters > ANSWER_MOST) {
      this.fail(brokenAnswer(this.#host, `it is longer than ${ANSWER_MOST} characters`));
    } else if (piece !== '') this.#inbox.put(piece);
  }

  /** It is complete, or nobody wants it any more. */
  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#inbox.close();
  }

  /** It will not come, or not whole. */
  fail(error: FramenestError): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#inbox.fail(error);
  }

  /**
   * Waits until it is complete, whatever it says.
   * @throws FramenestError as `pieces`
   */
  async complete(): Promise<void> {
    const pieces = this.pieces();
    while ((await pieces.next()).done !== true);
  }

  /**
   * The pieces as they come.
   * @param signal - ends them, without an error; not aborted yet
   * @throws FramenestError what it failed with; HOST_UNREACHABLE after too long a silence; HOST_FAILED above 1 Mi characters
   */
  async *pieces(signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    const abort = (): void => this.end();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      for (let piece = await this.#inbox.take(); piece !== undefined; piece = await this.#inbox.take()) yield piece;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.end();
    }
  }
}
