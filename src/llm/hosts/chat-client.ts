import type { OpenAI } from 'openai';
import type { AnswerWatch } from './answer-watch.ts';
import type { HostAddress } from './host-address.ts';

/** Longer than any answer: time is bounded by silence, not by length. */
const longestAnswerMs = 86_400_000;

/** Loads the `openai` package: it costs too much to be loaded where nobody asks, and its time is not the host's. */
export async function loadOpenAi(): Promise<typeof OpenAI> {
  return (await import('openai')).OpenAI;
}

/**
 * A client of the `openai` package for one request: without its own retries, logs and time limit, and without what the
 * environment holds for OpenAI's own service, so that those keys go nowhere else.
 * @param Client - as {@link loadOpenAi} gives it
 */
export function chatClient(Client: typeof OpenAI, host: HostAddress, watch: AnswerWatch): OpenAI {
  // The package wants one; hosts without keys ignore it.
  const apiKey = host.key ?? 'none';
  return new Client({
    baseURL: host.url,
    apiKey,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: longestAnswerMs,
    logLevel: 'off',
    fetch: watch.fetch,
    defaultHeaders: { ...takenOut(process.env['OPENAI_CUSTOM_HEADERS']), Authorization: `Bearer ${apiKey}` },
  });
}

/** The package adds these headers of the environment to every request, and may put one in place of the key. */
function takenOut(headers = ''): Record<string, null> {
  const names = headers.split('\n').flatMap((line) => /^\s*([^\s:]+)\s*:/.exec(line)?.[1] ?? []);
  return Object.fromEntries(names.map((name) => [name, null]));
}
