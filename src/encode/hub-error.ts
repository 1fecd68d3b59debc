import { HubApiError } from '@huggingface/hub';
import { FramenestError } from '../errors.ts';
import type { HubSettings } from './hub-options.ts';

/** Codes of Node for a host that cannot be reached at all: waiting a second does not mend them. */
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The HTTP status of an answer that was an error; undefined where there was no answer. */
function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof HubApiError ? thrown.statusCode : undefined;
}

/** Whether the same request may succeed in a moment: a broken transfer, an overloaded server, a stall. */
export function isPassing(thrown: unknown): boolean {
  if (thrown instanceof FramenestError) return false;
  const status = statusOf(thrown);
  if (status !== undefined) return status === 408 || status === 429 || status >= 500;
  return !unreachable.has(systemCode(thrown) ?? '');
}

/**
 * The error of a request to a hub, in words that show the host and nothing else of the URL.
 * @param what what was asked for: `Xenova/siglip-base-patch16-384`
 */
export function hubFailure(thrown: unknown, what: string, { host, token, signal }: HubSettings): FramenestError {
  if (thrown instanceof FramenestError) return thrown;
  if (signal?.aborted) {
    return new FramenestError('ABORTED', { what: `The download of ${what} was stopped.`, mend: 'Start it again.' });
  }
  const status = statusOf(thrown);
  if (status === 401 || status === 403) {
    const asked = token === undefined ? 'without an access token' : 'with the access token of HF_TOKEN';
    return new FramenestError('DOWNLOAD_FAILED', {
      what: `${host} refuses ${what} ${asked} (status ${status}).`,
      mend: 'Check the name; for a private or gated model accept its terms and set HF_TOKEN.',
    });
  }
  if (status === 404) {
    return new FramenestError('ENCODER_UNKNOWN', {
      what: `${host} has no ${what} (status 404).`,
      mend: 'Check the name and the revision.',
    });
  }
  const reason = status === undefined ? (systemCode(thrown) ?? messageOf(thrown)) : `status ${status}`;
  return new FramenestError('DOWNLOAD_FAILED', {
    what: `${what} could not be fetched from ${host}: ${reason}.`,
    mend: 'Check the network, set HF_ENDPOINT to a mirror, or put the files in a folder and name the folder.',
  });
}

function systemCode(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return undefined;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.replace(/\.$/, '') : String(thrown);
}
