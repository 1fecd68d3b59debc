import type { PictureHost } from '../host.ts';
import { PICTURE_EDGE } from '../pictures/picture-size.ts';
import { GeminiSession } from './gemini-session.ts';
import type { GeminiSetup } from './gemini-session.ts';
import { hostAddress } from './host-address.ts';
import { LiveHost, keyOf } from './realtime-host.ts';
import type { PictureHostOptions, SessionWish, LiveSession } from './realtime-host.ts';

const GOOGLE = 'https://generativelanguage.googleapis.com';

/** Google lets models go about a year after they came: name one with `model` where this one is gone. */
const MODEL = 'gemini-3.8-live';

/** Models whose sessions answer in text; all others speak, and give the words beside it. */
const inText = /^gemini-(?:2\.0-flash-live(?:-\d+)?|live-2\.5-flash(?:-preview)?)$/;

/** Of the older models, as the service's documentation says; the newer ones have more. */
const CONTEXT_TOKENS = 32_000;

/**
 * Gemini Live over its WebSocket: pictures in, text out. While a window only grows, only what is new is sent; one that was
 * cut goes into a new session. A session that the host ends (after some ten minutes) is gone on with in another one.
 * Connects with the first question. Pictures cost 64 tokens each there, and 256 where `edge` is above 384.
 * @param options - `key`; `url` (origin; default Google's), `model` (default gemini-3.8-live)
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
    speaks: !inText.test(model),
    resolution: edge > PICTURE_EDGE ? 'MEDIA_RESOLUTION_MEDIUM' : 'MEDIA_RESOLUTION_LOW',
  };
  const open = (wish: SessionWish, last: LiveSession | undefined) => GeminiSession.open(setup, wish, last);
  return Promise.resolve(new LiveHost({ identity: host, contextTokens: CONTEXT_TOKENS, open }, options));
}
