import type { OpenAI } from 'openai';
import type { AnswerBounds } from './answer-watch.ts';
import { AnswerWatch } from './answer-watch.ts';
import { chatClient, loadOpenAi } from './chat-client.ts';
import type { HostAddress } from './host-address.ts';
import { brokenAnswer, hostError } from './host-error.ts';

/** A part of a message: text, or what a host takes beyond OpenAI's own kinds. */
export type ContentPart = { readonly type: 'text'; readonly text: string } | ForeignPart;

/** A part of another kind, as the host knows it. */
export interface ForeignPart {
  readonly type: 'image_url' | 'image_embeds' | 'prompt_embeds';
  readonly [field: string]: unknown;
}

/** One chat: a system message where there is one, and one message of the user. */
export interface ChatRequest {
  readonly model: string;
  readonly system?: string | undefined;
  readonly content: readonly ContentPart[];
  readonly maxTokens: number;
  /**
   * Name of the field for it. Default `max_completion_tokens`, which vLLM, TensorRT-LLM and OpenAI know. Ollama knows
   * `max_tokens` alone and passes over the other in silence; OpenAI's reasoning models refuse it.
   */
  readonly limitAs?: 'max_tokens' | 'max_completion_tokens' | undefined;
  readonly temperature: number;
}

/** A token comes as a message of some hundred bytes; this is far above. */
const bytesPerToken = 4096;
const bytesOfFrame = 1_048_576;

/** How an answer can end; anything else (`abort`, `error`) is the host's own failure. */
const goodEnds: readonly string[] = ['stop', 'length', 'tool_calls', 'function_call', 'content_filter'];

/**
 * Asks `/chat/completions` once and gives the answer's text, piece by piece. Ends without an error when the signal aborts.
 * Bounded: silence by the host's limit, bytes by 1 MiB + 4 KiB a token.
 * @throws FramenestError HOST_UNREACHABLE, HOST_BUSY, HOST_REFUSED, HOST_FAILED, CONTEXT_FULL; not tried again
 */
export async function* chatPieces(
  host: HostAddress,
  request: ChatRequest,
  signal?: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const Client = await loadOpenAi();
  const watch = new AnswerWatch(host, bounds(request, signal));
  try {
    const chunks = await begin(host, request, watch, chatClient(Client, host, watch));
    watch.heard();
    yield* texts(host, chunks, watch);
  } catch (thrown) {
    if (!signal?.aborted) throw watch.problem ?? thrown;
  } finally {
    watch.stop();
  }
}

function bounds({ maxTokens }: ChatRequest, signal: AbortSignal | undefined): AnswerBounds {
  return { bytes: bytesOfFrame + maxTokens * bytesPerToken, signal };
}

async function begin(
  host: HostAddress,
  request: ChatRequest,
  watch: AnswerWatch,
  client: OpenAI,
): Promise<AsyncIterable<unknown>> {
  const { model, system, content, maxTokens, temperature, limitAs = 'max_completion_tokens' } = request;
  const messages = [...(system === undefined ? [] : [{ role: 'system', content: system }]), { role: 'user', content }];
  try {
    return await client.chat.completions.create(
      {
        model,
        // The one place where parts that OpenAI does not have pass its types.
        messages: messages as unknown as OpenAI.ChatCompletionMessageParam[],
        [limitAs]: maxTokens,
        temperature,
        stream: true,
      },
      { signal: watch.signal },
    );
  } catch (thrown) {
    throw hostError(thrown, host);
  }
}

async function* texts(
  host: HostAddress,
  chunks: AsyncIterable<unknown>,
  watch: AnswerWatch,
): AsyncGenerator<string, void, undefined> {
  let ended: string | undefined;
  try {
    for await (const chunk of chunks) {
      watch.heard();
      const { text, end } = readChunk(chunk);
      ended = end ?? ended;
      if (text === '') continue;
      watch.rest();
      yield text;
      watch.heard();
    }
  } catch (thrown) {
    throw hostError(thrown, host, 'answer');
  }
  // The package ends its loop in silence when its signal aborts.
  if (watch.problem) throw watch.problem;
  if (watch.signal.aborted) return;
  if (ended === undefined) throw brokenAnswer(host, 'it ends without saying why');
  if (!goodEnds.includes(ended)) throw brokenAnswer(host, `it ends with "${ended.slice(0, 40)}"`);
}

/** What a piece of the answer says; of anything that is none, nothing. */
function readChunk(chunk: unknown): { readonly text: string; readonly end: string | undefined } {
  const choice = (chunk as { choices?: readonly Choice[] } | null)?.choices?.[0];
  const text = choice?.delta?.content;
  const end = choice?.finish_reason;
  return { text: typeof text === 'string' ? text : '', end: typeof end === 'string' ? end : undefined };
}

interface Choice {
  readonly delta?: { readonly content?: unknown } | null;
  readonly finish_reason?: unknown;
}
