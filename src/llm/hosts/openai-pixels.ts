import type { FramenestError } from '../../errors.ts';
import { checkQuestion } from '../check-question.ts';
import type { HostQuestion, PictureHost } from '../host.ts';
import { dataUri, detailOf, pictureParts } from '../pictures/picture-parts.ts';
import type { PicturePart } from '../pictures/picture-parts.ts';
import { SizedJpegs } from '../pictures/sized-jpegs.ts';
import type { PictureContent } from '../window-frame.ts';
import { chatPieces } from './chat-stream.ts';
import type { ChatRequest, ContentPart } from './chat-stream.ts';
import { hostAddress } from './host-address.ts';
import type { HostAddress } from './host-address.ts';
import { hostError } from './host-error.ts';
import { linkSignals } from './linked-signal.ts';
import { keyOf } from './realtime-host.ts';
import type { PictureHostOptions } from './realtime-host.ts';
import { retryingPieces } from './retrying.ts';
import { servedModel } from './served-model.ts';

const OPENAI = 'https://api.openai.com/v1';

/** Of OpenAI's own models that take pictures one that is cheap and greedy where it is told to be. */
const MODEL = 'gpt-4.1-mini';

/**
 * Any service with OpenAI's chat completions and a model that sees: OpenAI, Ollama, llama.cpp, vLLM with pictures. Each
 * question carries the whole window: a picture for each frame in which something happened, at the size of its tokens, and
 * texts between them; a service that keeps its prefixes finds the same bytes again.
 * @param options - `url` (default OpenAI's), `model` (default the first that is served there; of OpenAI gpt-4.1-mini), `key`
 * @throws FramenestError OPTION_INVALID: no key for OpenAI's own service, no address, or one that holds credentials; where
 * no model is given HOST_UNREACHABLE, HOST_REFUSED, HOST_BUSY, HOST_FAILED
 */
export async function openOpenAiPixels(options: PictureHostOptions): Promise<PictureHost> {
  const { url = OPENAI } = options;
  const host = hostAddress('OpenAI-compatible host', { ...options, url });
  if (options.url === undefined) keyOf(options, 'OpenAI');
  const usual = options.url === undefined ? MODEL : undefined;
  const { name, contextTokens } =
    (options.model ?? usual) === undefined
      ? await servedModel(host, undefined)
      : { name: options.model ?? MODEL, contextTokens: undefined };
  return new PixelHost(host, { name, contextTokens, edge: options.edge, isOpenAi: options.url === undefined });
}

interface PixelModel {
  readonly name: string;
  readonly contextTokens: number | undefined;
  readonly edge: number | undefined;
  /** OpenAI's own service: its newer models refuse what others alone understand. */
  readonly isOpenAi: boolean;
}

class PixelHost implements PictureHost {
  readonly takes = 'pictures';
  readonly name: string;
  readonly contextTokens: number | undefined;
  readonly #host: HostAddress;
  readonly #model: string;
  readonly #limitAs: ChatRequest['limitAs'];
  readonly #sized: SizedJpegs;
  readonly #closing = new AbortController();

  constructor(host: HostAddress, { name, contextTokens, edge, isOpenAi }: PixelModel) {
    this.name = host.name;
    this.contextTokens = contextTokens;
    this.#host = host;
    this.#model = name;
    this.#limitAs = isOpenAi ? 'max_completion_tokens' : 'max_tokens';
    this.#sized = new SizedJpegs(edge);
  }

  async *ask(question: HostQuestion<PictureContent>): AsyncGenerator<string, void, undefined> {
    checkQuestion(question, this.name, this.#closing.signal.aborted);
    const { window, system, prompt, maxTokens = 256, temperature = 0 } = question;
    const host = this.#host;
    const linked = linkSignals(this.#closing.signal, question.signal);
    const { signal } = linked;
    const toError = (thrown: unknown): FramenestError => hostError(thrown, host);
    try {
      const content = [...joined(await pictureParts(window, this.#sized)), { type: 'text', text: prompt } as const];
      const request: ChatRequest = {
        model: this.#model,
        system,
        content,
        maxTokens,
        temperature,
        limitAs: this.#limitAs,
      };
      yield* retryingPieces(() => chatPieces(host, request, signal), { attempts: host.attempts, toError, signal });
    } finally {
      linked.release();
    }
  }

  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }
}

/** Message parts; texts that follow each other are one. */
function joined(parts: readonly PicturePart[]): ContentPart[] {
  const content: ContentPart[] = [];
  let texts: string[] = [];
  const flush = (): void => {
    if (texts.length > 0) content.push({ type: 'text', text: texts.join(' ') });
    texts = [];
  };
  for (const part of parts) {
    if (part.type === 'text') {
      texts.push(part.text);
      continue;
    }
    flush();
    const image_url = { url: dataUri(part.picture), detail: detailOf(part.picture) };
    content.push({ type: 'image_url', image_url });
  }
  flush();
  return content;
}
