import type { PictureHost } from '../host.ts';
import { hostAddress } from './host-address.ts';
import { LiveHost, keyOf } from './realtime-host.ts';
import type { PictureHostOptions } from './realtime-host.ts';
import { RealtimeSession } from './realtime-session.ts';

const OPENAI = 'https://api.openai.com/v1';

const MODEL = 'gpt-realtime';

/** What fits into gpt-realtime's 32k beside the longest answer, as the interface's reference says. */
const CONTEXT_TOKENS = 28_224;

/**
 * OpenAI's Realtime interface, or one that speaks it, over a WebSocket: pictures in, text out. A window is kept in the
 * session's conversation, and only what is new is sent. Connects with the first question. The interface has no temperature.
 * @param options - `url` (default OpenAI's), `model` (default gpt-realtime), `key`
 * @throws FramenestError OPTION_INVALID: no key for OpenAI's own service, no address, or one that holds credentials
 */
export function openOpenAiRealtime(options: PictureHostOptions): Promise<PictureHost> {
  // Its scheme decides about encryption alone.
  const url = options.url?.replace(/^ws(?=s?:)/i, 'http') ?? OPENAI;
  const host = hostAddress('OpenAI Realtime', { ...options, url });
  const apiKey = options.url === undefined ? keyOf(options, 'OpenAI') : (options.key ?? 'none');
  const { model = MODEL } = options;
  const address = { baseURL: host.url, model, apiKey, silenceS: host.silenceS };
  const contextTokens = options.url === undefined ? CONTEXT_TOKENS : undefined;
  const open = ({ signal }: { signal: AbortSignal }) => RealtimeSession.open(address, host, signal);
  return Promise.resolve(new LiveHost({ identity: host, contextTokens, open }, options));
}
