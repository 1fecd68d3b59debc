import type { ReadableStream } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import { downloadFile, listFiles } from '@huggingface/hub';
import { FramenestError } from '../errors.ts';
import type { Repository } from './hub-cache.ts';
import { hubFailure, isPassing } from './hub-error.ts';
import type { HubSettings } from './hub-options.ts';

/** A file of a repository as the hub lists it. */
export interface HubFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of a large file's content, or the git blob id (SHA-1) of a small one; hexadecimal. */
  readonly digest: { readonly algorithm: 'sha256' | 'git-sha1'; readonly hex: string } | undefined;
}

const attempts = 3;

/** Bytes that a broken transfer must have brought for the count of attempts to begin anew. */
const worthwhile = 1 << 20;

/** Files that one repository may list; far more than any encoder has. */
const maxListed = 10_000;

/**
 * Every file of a repository.
 * @throws FramenestError DOWNLOAD_FAILED, ENCODER_UNKNOWN where the repository or the revision does not exist
 */
export function hubFiles({ id, revision }: Repository, settings: HubSettings): Promise<HubFile[]> {
  return retrying(id, settings, async () => {
    const files: HubFile[] = [];
    for await (const entry of listFiles({
      repo: id,
      revision,
      recursive: true,
      ...access(settings, settings.stallMs),
    })) {
      if (entry.type === 'file') files.push({ path: entry.path, size: entry.size, digest: digestOf(entry) });
      if (files.length > maxListed) {
        throw new FramenestError('DOWNLOAD_FAILED', {
          what: `${id} on ${settings.host} lists more than ${maxListed} files.`,
          mend: 'Fetch what you need by hand and name the folder.',
        });
      }
    }
    return files;
  });
}

/**
 * The bytes of one file. A transfer that breaks or stalls is taken up again where it broke, a few times.
 * @throws FramenestError DOWNLOAD_FAILED
 */
export async function* hubBytes(
  { id, revision }: Repository,
  file: HubFile,
  settings: HubSettings,
): AsyncGenerator<Uint8Array> {
  const what = `${id}/${file.path}`;
  let received = 0;
  for (let attempt = 1; received < file.size; attempt++) {
    const before = received;
    try {
      for await (const chunk of transfer({ id, revision }, file, received, settings)) {
        received += chunk.length;
        yield chunk;
      }
      if (received < file.size) throw new Error(`the transfer ended after ${received} of ${file.size} bytes`);
    } catch (thrown) {
      if (received - before >= worthwhile) attempt = 1;
      if (attempt >= attempts || settings.signal?.aborted || !isPassing(thrown)) {
        throw hubFailure(thrown, what, settings);
      }
      await pause(attempt);
    }
  }
}

/** One request for the bytes from `start` on. */
async function* transfer(
  { id, revision }: Repository,
  file: HubFile,
  start: number,
  settings: HubSettings,
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const outer = (): void => stop.abort(settings.signal?.reason);
  settings.signal?.addEventListener('abort', outer, { once: true });
  try {
    // The hub's chunked transfer asks other hosts, which mirrors do not have; plain requests work with all of them.
    const blob = await downloadFile({
      repo: id,
      path: file.path,
      revision,
      xet: false,
      ...access(settings, 0, stop.signal),
    });
    if (!blob) throw new Error('the file is listed but missing');
    const rest = start === 0 ? blob : blob.slice(start);
    const reader = (rest.stream() as ReadableStream<Uint8Array>).getReader();
    for (;;) {
      const { done, value } = await unlessStalled(reader.read(), settings.stallMs, stop.signal);
      if (done) return;
      yield value;
    }
  } finally {
    settings.signal?.removeEventListener('abort', outer);
    stop.abort();
  }
}

async function unlessStalled<T>(work: Promise<T>, stallMs: number, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let stopped: (() => void) | undefined;
  const stall = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no byte came for ${stallMs / 1000} s`)), stallMs);
    stopped = () => reject(new Error('the transfer was stopped'));
    signal.addEventListener('abort', stopped, { once: true });
  });
  try {
    return await Promise.race([work, stall]);
  } finally {
    clearTimeout(timer);
    if (stopped) signal.removeEventListener('abort', stopped);
  }
}

async function retrying<T>(what: string, settings: HubSettings, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      if (attempt >= attempts || settings.signal?.aborted || !isPassing(thrown)) {
        throw hubFailure(thrown, what, settings);
      }
      await pause(attempt);
    }
  }
}

function pause(attempt: number): Promise<void> {
  return sleep(250 * 4 ** (attempt - 1));
}

interface Access {
  readonly hubUrl: string;
  readonly fetch: typeof fetch;
  readonly accessToken?: string;
}

/** @param timeoutMs for a whole request, 0 for none beside `signal` */
function access({ endpoint, token, signal }: HubSettings, timeoutMs: number, other?: AbortSignal): Access {
  const bounded: typeof fetch = (input, init) => {
    const signals = [signal, other, timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined];
    return fetch(input, { ...init, signal: AbortSignal.any(signals.filter((one) => one !== undefined)) });
  };
  return { hubUrl: endpoint, fetch: bounded, ...(token === undefined ? {} : { accessToken: token }) };
}

function digestOf(entry: { oid?: string; lfs?: { oid: string } }): HubFile['digest'] {
  if (entry.lfs) return { algorithm: 'sha256', hex: entry.lfs.oid.replace(/^sha256:/, '') };
  return entry.oid === undefined ? undefined : { algorithm: 'git-sha1', hex: entry.oid };
}
