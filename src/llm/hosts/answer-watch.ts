import type { FramenestError } from '../../errors.ts';
import { plainErrorBody } from './error-body.ts';
import type { HostAddress } from './host-address.ts';
import { brokenAnswer, silentHost } from './host-error.ts';
import { linkSignals } from './linked-signal.ts';

/** What one answer may cost. */
export interface AnswerBounds {
  /** Most bytes of its body, headers not counted. */
  readonly bytes: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Watches over one request: ends it when the host is silent for too long or answers with more than was allowed. Every
 * request gets one of its own, and `stop` at its end.
 */
export class AnswerWatch {
  /** Aborts with the caller's signal, with silence and with too many bytes. */
  readonly signal: AbortSignal;
  readonly #host: HostAddress;
  readonly #most: number;
  readonly #ended = new AbortController();
  readonly #release: () => void;
  #timer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #problem: FramenestError | undefined;

  constructor(host: HostAddress, { bytes, signal }: AnswerBounds) {
    this.#host = host;
    this.#most = bytes;
    const linked = linkSignals(this.#ended.signal, signal);
    this.signal = linked.signal;
    this.#release = () => linked.release();
    this.heard();
  }

  /** Why the watch ended the request: HOST_UNREACHABLE or HOST_FAILED; undefined where it did not. */
  get problem(): FramenestError | undefined {
    return this.#problem;
  }

  /** The host gave a sign of life that counts: a part of its answer, not a line that only keeps the connection. */
  heard(): void {
    this.rest();
    const { silenceS } = this.#host;
    this.#timer = setTimeout(() => this.#end(silentHost(this.#host, silenceS)), 1000 * silenceS);
  }

  /** Nothing is expected of the host until `heard`: whoever takes the answer is busy with a part of it. */
  rest(): void {
    clearTimeout(this.#timer);
  }

  /** `fetch` whose answers are counted, and whose errors all look like OpenAI's. */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input, init);
    const counted = response.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          this.#bytes += chunk.byteLength;
          if (this.#bytes > this.#most) this.#end(brokenAnswer(this.#host, `it has more than ${this.#most} bytes`));
          else controller.enqueue(chunk);
        },
      }),
    );
    const { status, statusText, headers } = response;
    const body = response.ok ? (counted ?? null) : plainErrorBody(await new Response(counted ?? null).text());
    return new Response(body, { status, statusText, headers });
  };

  /** The request is over. Safe to call twice. */
  stop(): void {
    this.rest();
    this.#release();
  }

  #end(problem: FramenestError): void {
    this.#problem ??= problem;
    this.#ended.abort();
  }
}
