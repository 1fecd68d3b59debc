import { setTimeout as pause } from 'node:timers/promises';
import { FramenestError } from '../../errors.ts';
import { Backoff } from '../../flow/backoff.ts';
import type { BackoffLimits } from '../../flow/backoff.ts';
import { retryAfterMs } from './host-error.ts';

/** When a request is tried again, and how often. */
export interface RetryRules {
  /** Tries, the first included; ≥ 1. */
  readonly attempts: number;
  /** Maps what a try threw; only errors that are `retryable` are tried again. */
  readonly toError: (thrown: unknown) => FramenestError;
  /** Ends tries and pauses at once. */
  readonly signal?: AbortSignal | undefined;
  /** Default: 0.5 s before the second try, doubling up to 8 s. */
  readonly pauses?: BackoffLimits;
}

/** Longest pause that a host may ask for, milliseconds. Who asks for more is given up at once: sooner is of no use. */
const longestRetryAfterMs = 60_000;

const usual: BackoffLimits = { firstS: 0.5, mostS: 8 };

/**
 * Tries until it works, with growing pauses, at least as long as the host asked for (`Retry-After`, at most 60 s).
 * @param attempt - makes one try; `count` is 1 for the first
 * @throws FramenestError what the last try threw, as `toError` maps it; ABORTED as soon as the signal says so
 */
export async function retrying<Value>(attempt: (count: number) => Promise<Value>, rules: RetryRules): Promise<Value> {
  const backoff = new Backoff(rules.pauses ?? usual);
  for (let count = 1; ; count++) {
    if (rules.signal?.aborted) throw aborted();
    try {
      return await attempt(count);
    } catch (thrown) {
      if (rules.signal?.aborted) throw aborted();
      await pauseOrThrow(thrown, count, backoff, rules);
    }
  }
}

/**
 * The same for an answer that comes in pieces: tried again only as long as no piece was given out, since nobody can take
 * one back. Ends without an error when the signal aborts.
 * @param attempt - begins one try; its loop is left (`return`) when ours is
 * @throws FramenestError as {@link retrying}, without ABORTED
 */
export async function* retryingPieces<Piece>(
  attempt: (count: number) => AsyncIterable<Piece>,
  rules: RetryRules,
): AsyncGenerator<Piece, void, undefined> {
  let pieces: AsyncIterator<Piece> | undefined;
  try {
    const { begun, next: first } = await retrying((count) => begin(attempt(count)), rules);
    pieces = begun;
    let next = first;
    while (!next.done && !rules.signal?.aborted) {
      yield next.value;
      next = await begun.next();
    }
  } catch (thrown) {
    if (!rules.signal?.aborted) throw rules.toError(thrown);
  } finally {
    await pieces?.return?.();
  }
}

async function begin<Piece>(
  pieces: AsyncIterable<Piece>,
): Promise<{ begun: AsyncIterator<Piece>; next: IteratorResult<Piece> }> {
  const begun = pieces[Symbol.asyncIterator]();
  return { begun, next: await begun.next() };
}

/** Waits until the next try may begin; throws where there shall be none. */
async function pauseOrThrow(thrown: unknown, count: number, backoff: Backoff, rules: RetryRules): Promise<void> {
  const error = rules.toError(thrown);
  const asked = retryAfterMs(thrown) ?? 0;
  if (!error.retryable || asked > longestRetryAfterMs) throw error;
  if (count >= rules.attempts) throw count === 1 ? error : afterTries(error, count);
  try {
    await pause(Math.max(backoff.next(), asked), undefined, rules.signal ? { signal: rules.signal } : {});
  } catch {
    throw aborted();
  }
}

function afterTries(error: FramenestError, count: number): FramenestError {
  return new FramenestError(error.code, { what: `${error.what} Tried ${count} times.`, mend: error.mend });
}

function aborted(): FramenestError {
  return new FramenestError('ABORTED', { what: 'The question was taken back.', mend: 'Ask again.' });
}
