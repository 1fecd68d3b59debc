import type { PictureContent, TokenContent, TokenOrigin, WindowView } from './window-frame.ts';

/** What to ask, and about what. */
export interface HostQuestion<Content> {
  readonly window: WindowView<Content>;
  readonly prompt: string;
  /** Goes before the window, where the host knows such a thing. */
  readonly system?: string;
  /** Most tokens of the answer. Default 256. */
  readonly maxTokens?: number;
  /** 0: greedy (default). */
  readonly temperature?: number;
  /** Ends the answer; the host is told where its interface can. The loop then ends without an error. */
  readonly signal?: AbortSignal;
}

/** Whoever answers questions about a window: a server or a model in this process. Safe to use from several places. */
interface Host<Content> {
  /** For people and for errors, `vLLM at http://…`; without secrets. */
  readonly name: string;
  /** Tokens of text and frames that fit; undefined where nobody says. */
  readonly contextTokens: number | undefined;
  /**
   * Answers, piece by piece as it comes. Bounded in time by the host's own limit between two pieces (60 s by default).
   * @throws FramenestError HOST_UNREACHABLE, HOST_BUSY, HOST_REFUSED, HOST_FAILED, HOST_MISMATCH, CONTEXT_FULL; OPTION_INVALID for
   * a question that no host takes; ABORTED after `close`. What is
   * retryable was tried again before, with pauses, as long as no piece was given out.
   */
  ask(question: HostQuestion<Content>): AsyncIterable<string>;
  /** Frees what it holds; answers under way end. Safe to call twice. */
  close(): Promise<void>;
}

/** A host that is given visual tokens. */
export interface TokenHost extends Host<TokenContent> {
  readonly takes: 'tokens';
  /**
   * Whether it understands tokens of this origin; asked before the first frame is sent.
   * @throws FramenestError HOST_MISMATCH saying what differs: channels, stage or digest
   */
  check(origin: TokenOrigin): void;
}

/** A host that is given pictures: the token scale of a frame becomes its size in pixels. */
export interface PictureHost extends Host<PictureContent> {
  readonly takes: 'pictures';
}

/** Whoever answers; `takes` says what it is shown. */
export type LlmHost = TokenHost | PictureHost;

/** Where a host is and what it runs; each host says which of these it needs. */
export interface HostOptions {
  /** Base address of the service, `http://127.0.0.1:8000/v1`. Credentials belong into `key`. */
  readonly url?: string;
  /** Name of the model as the host knows it. */
  readonly model?: string;
  /** Never shown. */
  readonly key?: string;
  /** What its language model expects of visual tokens, where it is not known by name. */
  readonly expects?: TokenExpectation;
  /** Tries of a request that may succeed later, the first included. Default 4. */
  readonly attempts?: number;
  /** Longest silence before an answer and within it, seconds. Default 60. */
  readonly silenceS?: number;
}

/** What a language model expects of visual tokens. */
export interface TokenExpectation {
  /** Channels of its token embeddings. */
  readonly channels: number;
  /** `raster`: any number of tokens (LLaVA); `grid`: with `image_grid_thw` beside them (Qwen-VL). Default raster. */
  readonly shape?: 'raster' | 'grid';
  /** Digest of the one encoder whose tokens it understands. Where absent, only channels and stage are checked. */
  readonly encoder?: string;
}
