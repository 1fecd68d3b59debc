import { availableParallelism } from 'node:os';
import { FramenestError } from '../../errors.ts';
import type { HubOptions } from '../../encode/hub-options.ts';
import type { HostOptions } from '../host.ts';
import { variants } from './graph-files.ts';
import type { Variant } from './graph-files.ts';

/** How a model in this process runs. Of {@link HostOptions} it heeds `expects` and `silenceS`. */
export interface LocalOptions extends HostOptions, HubOptions {
  /** Number format of the graphs, where several lie in the folder; `q4` of a repository. */
  readonly variant?: Variant | undefined;
  /** Most positions of a question and its answer; never more than the model was made for. */
  readonly contextTokens?: number | undefined;
  /** Bound on keys and values, bytes: it too limits the positions. Default 4 GiB. */
  readonly cacheBytes?: number | undefined;
  /** CPU threads. Default: one a core. */
  readonly threads?: number | undefined;
  /** Questions that may wait behind the one that is answered. Default 8. */
  readonly maxWaiting?: number | undefined;
  /** Where a question has a temperature: only so many of the likeliest tokens, 0 for all. Default: the model's. */
  readonly topK?: number | undefined;
  /** … and of those only the likeliest with this much probability together, 0 < p ≤ 1. Default: the model's. */
  readonly topP?: number | undefined;
  /** Makes drawn answers repeatable: each question draws from this seed anew. 32 bits; by default another one each time. */
  readonly seed?: number | undefined;
}

/** {@link LocalOptions} with the defaults filled in. */
export interface LocalSettings {
  readonly contextTokens: number | undefined;
  readonly cacheBytes: number;
  readonly threads: number;
  readonly maxWaiting: number;
  readonly topK: number | undefined;
  readonly topP: number | undefined;
  readonly seed: number | undefined;
  readonly silenceMs: number;
  /** Digest of the one encoder whose tokens are taken. */
  readonly encoder: string | undefined;
}

/**
 * Checks the options and fills in the defaults.
 * @throws FramenestError OPTION_INVALID naming the option
 */
export function localSettings(options: LocalOptions): LocalSettings {
  const { topP, seed, silenceS = 60 } = options;
  checkWords(options);
  check('topP', topP === undefined || (topP > 0 && topP <= 1), topP, 'a number above 0 and at most 1');
  check('seed', seed === undefined || Number.isSafeInteger(seed), seed, 'a whole number');
  check('silenceS', silenceS > 0 && silenceS < 2 ** 31 / 1000, silenceS, 'seconds above 0');
  return {
    contextTokens: whole('contextTokens', options.contextTokens, 1),
    cacheBytes: whole('cacheBytes', options.cacheBytes, 1) ?? 4 * 2 ** 30,
    threads: whole('threads', options.threads, 1) ?? availableParallelism(),
    maxWaiting: whole('maxWaiting', options.maxWaiting, 0) ?? 8,
    topK: whole('topK', options.topK, 0),
    topP,
    seed,
    silenceMs: silenceS * 1000,
    encoder: options.expects?.encoder,
  };
}

function checkWords({ variant, expects }: LocalOptions): void {
  check('variant', variant === undefined || variants.includes(variant), variant, `one of ${variants.join(', ')}`);
  check('expects.shape', expects?.shape !== 'grid', expects?.shape, 'raster: a model here knows no grids');
}

function whole(name: string, value: number | undefined, least: number): number | undefined {
  const holds = value === undefined || (Number.isSafeInteger(value) && value >= least);
  check(name, holds, value, `a whole number from ${least} on`);
  return value;
}

function check(name: string, holds: boolean, value: unknown, wanted: string): void {
  if (holds) return;
  throw new FramenestError('OPTION_INVALID', {
    what: `The option ${name} of the local model is ${String(value)}.`,
    mend: `Give ${wanted}.`,
  });
}
