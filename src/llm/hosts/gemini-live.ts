import type { PictureHost } from '../host.ts';
import { PICTURE_EDGE } from '../pictures/picture-size.ts';
import { GeminiSession } from './gemini-session.ts';
import type { GeminiSetup } from './gemini-session.ts';
import { hostAddress } from './host-address.ts';
import { LiveHost, keyOf } from './realtime-host.ts';
import type { PictureHostOptions, SessionWish, LiveSession } from './realtime-host.ts';

const GOOGLE = 'https://generativelanguage.googleapis.com';

/** Answers in text; those that only speak do not take this host's sessions. */
const MODEL = 'gemini-live-2.5-flash-preview';

/** Of the models that answer in text, as the service's documentation says. */
const CONTEXT_TOKENS = 32_000;

/**
 * Gemini Live over its WebSocket: pictures in, text out. While a window only grows, only what is new is sent; one that was
 * cut goes into a new session. A session that the host ends (after some ten minutes) is gone on with in another one.
 * Connects with the first question. Pictures cost 64 tokens each there, and 256 where `edge` is above 384.
 * @param options - `key`; `url` (origin; default Google's), `model` (default gemini-live-2.5-flash-preview)
 * @throws FramenestError OPTION_INVALID: no key for Google's own service, no address, or one that holds credentials
 */
export function openGeminiLive(options: PictureHostOptions): Promise<PictureHost> {
  const { url, model = MODEL, edge = PICTURE_EDGE } = options;
  const checked = hostAddress('Gemini Live', { ...options, url: url?.replace(/^ws(?=s?:)/i, 'http') ?? GOOGLE });
  const { origin, host: place } = new URL(checked.url);
  const host = { name: `Gemini Live at ${place}`, secrets: checked.secrets };
  const setup: GeminiSetup = {
    address: {
      baseUrl: origin,
      model,
      apiKey: url === undefined ? keyOf(options, 'Gemini') : (options.key ?? 'none'),
      silenceS: checked.silenceS,
    },
    host,
    resolution: edge > PICTURE_EDGE ? 'MEDIA_RESOLUTION_MEDIUM' : 'MEDIA_RESOLUTION_LOW',
  };
  const open = (wish: SessionWish, last: LiveSession | undefined) => GeminiSession.open(setup, wish, last);
  return Promise.resolve(new LiveHost({ identity: host, contextTokens: CONTEXT_TOKENS, open }, options));
}
