import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { asFramenestError } from '../errors.ts';
import type { FramenestError } from '../errors.ts';
import { afterDiff, diffConfigs, isEmptyDiff } from './diff-configs.ts';
import type { ConfigDiff } from './diff-configs.ts';
import { readConfig } from './read-config.ts';
import type { ServeConfig } from './serve-config.ts';

/** How to watch, and whom to tell. */
export interface WatchOptions {
  /** What runs now, as `readConfig` gave it. A change of the file from then on is not missed. */
  readonly current: ServeConfig;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /**
   * A configuration to go over to, and how it differs from what runs; what needs a restart is taken to stay as it was.
   * Called when the file says something else than before, after every SIGHUP, and when a file that was reported to
   * `onError` is good again; in the last two cases the diff may be empty. Never called again before its promise is
   * settled; what it throws goes to `onError`.
   */
  readonly onChange: (after: ServeConfig, diff: ConfigDiff) => void | Promise<void>;
  /** The file cannot be used, CONFIG_INVALID: told once per change of the file and per SIGHUP. What runs goes on. */
  readonly onError: (error: FramenestError) => void;
  /** Time between two looks at the file, milliseconds. Default 2,000. */
  readonly everyMs?: number;
  /** Default: the process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A file that was written to rests for so long before it is read, milliseconds; an editor may not be done yet. */
const SETTLE_MS = 100;

/** One that never rests is read after so many of these. */
const SETTLES = 20;

/**
 * Watches a configuration file until the signal aborts. It looks at the file again and again, which works where
 * notifications do not: editors that rename, symlinks that a container platform swaps, network file systems. Touching a
 * file, or changing a comment in it, is no change. SIGHUP makes it look at once. Does not keep the process alive.
 * @returns when the watch is over and its listeners are gone
 */
export async function watchConfig(path: string, options: WatchOptions): Promise<void> {
  const { signal, everyMs = 2000 } = options;
  const reload = new Reload(path, options);
  let asked = false;
  let wake = new AbortController();
  const end = (): void => wake.abort();
  const hangUp = (): void => {
    asked = true;
    wake.abort();
  };
  process.on('SIGHUP', hangUp);
  signal.addEventListener('abort', end);
  let seen = '';
  const look = async (): Promise<void> => {
    const wasAsked = asked;
    asked = false;
    wake = new AbortController();
    const now = await fingerprint(path);
    if (now === seen && !wasAsked) return;
    seen = await settled(path, now, signal);
    await reload.run(wasAsked);
  };
  try {
    while (!signal.aborted) {
      await look();
      await pause(everyMs, wake.signal);
    }
  } finally {
    process.off('SIGHUP', hangUp);
    signal.removeEventListener('abort', end);
  }
}

/** Reads the file and tells what came of it. */
class Reload {
  readonly #path: string;
  readonly #options: WatchOptions;
  /** What runs: what needs a restart stays as it was. */
  #running: ServeConfig;
  /** What the file said last. */
  #read: ServeConfig;
  #failed = false;

  constructor(path: string, options: WatchOptions) {
    this.#path = path;
    this.#options = options;
    this.#running = options.current;
    this.#read = options.current;
  }

  /** @param asked - somebody waits for an answer, be it that nothing changed */
  async run(asked: boolean): Promise<void> {
    const { onChange, onError, env, signal } = this.#options;
    try {
      const after = await readConfig(this.#path, env);
      const tell = asked || this.#failed || !isEmptyDiff(diffConfigs(this.#read, after));
      const diff = diffConfigs(this.#running, after);
      this.#running = afterDiff(this.#running, after);
      this.#read = after;
      this.#failed = false;
      if (tell && !signal.aborted) await onChange(after, diff);
    } catch (thrown) {
      this.#failed = true;
      onError(asFramenestError(thrown));
    }
  }
}

/** What tells one state of a file from another without reading it; symlinks are followed. */
async function fingerprint(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code ?? String(thrown);
  }
}

/** The file's fingerprint once it rests. */
async function settled(path: string, first: string, signal: AbortSignal): Promise<string> {
  let before = first;
  for (let looks = 0; looks < SETTLES && !signal.aborted; looks++) {
    await pause(SETTLE_MS, signal);
    const now = await fingerprint(path);
    if (now === before) break;
    before = now;
  }
  return before;
}

/** Waits, or not until the end where the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
