import type { LiveConnectConfig, LiveServerMessage, Session } from '@google/genai';
import type { FramenestError } from '../../errors.ts';
import { watchSocket } from './gemini-socket.ts';
import { brokenAnswer, hostError, silentHost } from './host-error.ts';
import type { HostIdentity } from './host-error.ts';
import { saidError } from './realtime-error.ts';
import { refusal } from './realtime-socket.ts';

/** Where Gemini is, and what it shall run. */
export interface GeminiAddress {
  /** Origin of the service, `https://generativelanguage.googleapis.com`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string;
  /** Until the session stands, seconds. */
  readonly silenceS: number;
}

/** What happens in a session. */
export interface GeminiEvents {
  onMessage(message: LiveServerMessage): void;
  /** The last call: it is over, and why. Not called after `close`. */
  onOver(error: FramenestError): void;
}

/** A session that was set up. */
export interface GeminiConnection {
  readonly session: Pick<Session, 'sendClientContent'>;
  /** Cuts it. Safe to call twice. */
  close(): void;
}

/**
 * Connects with the `@google/genai` package and sets the session up.
 * @throws FramenestError HOST_UNREACHABLE, HOST_REFUSED, HOST_BUSY, HOST_FAILED, or what `hostError` maps to these
 */
export async function connectGemini(
  { baseUrl, model, apiKey, silenceS }: GeminiAddress,
  config: LiveConnectConfig,
  host: HostIdentity,
  events: GeminiEvents,
  signal: AbortSignal,
): Promise<GeminiConnection> {
  const { GoogleGenAI } = await import('@google/genai');
  if (signal.aborted) throw takenBack();
  const client = new GoogleGenAI({ apiKey, vertexai: false, httpOptions: { baseUrl } });
  let closed = false;
  let failed: (thrown: Error) => void = () => undefined;
  // The package's own promise stays open for ever where the connection fails.
  const failure = new Promise<never>((_, reject) => (failed = reject));
  failure.catch(() => undefined);
  const over = (thrown: Error): void => {
    if (closed) return;
    close();
    failed(thrown);
    events.onOver(hostError(thrown, host, 'answer'));
  };
  const cut = watchSocket(client, {
    onRefused: (response) => void refusal(response).then(over),
    onNonsense: (words) => over(brokenAnswer(host, words)),
  });
  const close = (): void => {
    closed = true;
    cut();
  };
  const callbacks = {
    onmessage: (message: LiveServerMessage) => closed || events.onMessage(message),
    onerror: ({ error, message }: { error?: unknown; message: string }) =>
      over(error instanceof Error ? error : new Error(message)),
    onclose: ({ code, reason }: { code: number; reason: string }) => over(closedError(code, reason, host)),
  };
  const abort = (): void => over(takenBack());
  const timer = setTimeout(() => over(silentHost(host, silenceS)), silenceS * 1000);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const session = await Promise.race([client.live.connect({ model, config, callbacks }), failure]);
    return { session, close };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** Seen by nobody: whoever took it back is not told. */
function takenBack(): Error {
  return new Error('The question was taken back.');
}

/**
 * Gemini refuses by closing: a wrong key or field with 1007, an unknown model with 1008, a used up quota with 1011; the
 * reason tells more than the status.
 */
function closedError(code: number, reason: string, host: HostIdentity): FramenestError {
  if (reason === '') return brokenAnswer(host, `the connection was closed with ${code}`);
  const kind = code === 1007 || code === 1008 || code === 1003 ? 'invalid' : '';
  return saidError(/quota|RESOURCE_EXHAUSTED/i.test(reason) ? 'quota' : kind, `closed with ${code}, ${reason}`, host);
}
