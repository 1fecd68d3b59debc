import { FramenestError } from '../errors.ts';

/** How far a download is; called often, at least once a file. */
export interface DownloadProgress {
  /** Path in the repository. */
  readonly file: string;
  readonly receivedBytes: number;
  /** Of this file. */
  readonly totalBytes: number;
}

/** How to fetch from a hub. */
export interface HubOptions {
  /** Folder for what is downloaded. Default: `FRAMENEST_CACHE`, else `framenest` in the user's cache folder. */
  readonly cacheDir?: string | undefined;
  /** Base URL of the hub. Default: `HF_ENDPOINT`, else https://huggingface.co. */
  readonly endpoint?: string | undefined;
  /** Access token. Default: `HF_TOKEN`. Sent to the endpoint only, and never part of an error. */
  readonly token?: string | undefined;
  /** Bound on all files of one encoder together, bytes. Default 8 GiB. */
  readonly maxDownloadBytes?: number | undefined;
  /** Longest time without a byte, milliseconds. Default 30 000. */
  readonly stallMs?: number | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Stops the download; what was received so far is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** {@link HubOptions} with the defaults filled in. */
export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /** Host and port of the endpoint: all of it that errors may show. */
  readonly host: string;
  readonly token: string | undefined;
  readonly maxDownloadBytes: number;
  readonly stallMs: number;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Fills in the defaults from the environment.
 * @throws FramenestError OPTION_INVALID for an endpoint that is no http(s) URL, or a token of another form
 */
export function hubSettings(options: HubOptions): HubSettings {
  const { env } = process;
  const url = endpointUrl(options.endpoint ?? (env['HF_ENDPOINT'] || 'https://huggingface.co'));
  const token = options.token ?? (env['HF_TOKEN'] || undefined);
  if (token !== undefined && !/^hf_[\x21-\x7e]+$/.test(token)) {
    throw new FramenestError('OPTION_INVALID', {
      what: 'The access token of the hub (HF_TOKEN) does not begin with "hf_".',
      mend: 'Set HF_TOKEN to a user access token, or unset it.',
    });
  }
  return {
    endpoint: url.href.replace(/\/+$/, ''),
    host: url.host,
    token,
    maxDownloadBytes: options.maxDownloadBytes ?? 8 * 2 ** 30,
    stallMs: options.stallMs ?? 30_000,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  };
}

function endpointUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (plain) return url;
  throw new FramenestError('OPTION_INVALID', {
    what: 'The endpoint of the hub (HF_ENDPOINT) is no http or https URL without a user name.',
    mend: 'Set HF_ENDPOINT to a URL such as https://huggingface.co, or unset it.',
  });
}
