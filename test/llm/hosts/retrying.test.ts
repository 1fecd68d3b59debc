import { FramenestError } from '#dist/errors.js';
import type { ErrorCode } from '#dist/errors.js';
import { hostError } from '#dist/llm/hosts/host-error.js';
import { retrying, retryingPieces } from '#dist/llm/hosts/retrying.js';
import type { RetryRules } from '#dist/llm/hosts/retrying.js';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { allOf } from '../../support/token-windows.ts';

const failure = (code: ErrorCode): FramenestError => new FramenestError(code, { what: 'It failed.', mend: 'Mend it.' });
const rules: RetryRules = {
  attempts: 3,
  toError: (thrown) => hostError(thrown, { name: 'h', secrets: [] }),
  pauses: { firstS: 0.001, mostS: 0.002 },
};
const hours: RetryRules = { ...rules, pauses: { firstS: 3600, mostS: 3600 } };

/** Fails with these in turn, then gives its pieces. */
function host(failures: readonly unknown[], pieces: readonly string[] = ['a', 'b']) {
  const left = [...failures];
  const seen = { tries: 0, returned: 0 };
  async function* attempt(): AsyncGenerator<string> {
    seen.tries++;
    await Promise.resolve();
    if (left.length > 0) throw left.shift();
    try {
      yield* pieces;
    } finally {
      seen.returned++;
    }
  }
  return { seen, attempt };
}

describe('retryingPieces', () => {
  test('tries again what may go better, and gives the answer once', async () => {
    const { seen, attempt } = host([failure('HOST_UNREACHABLE'), failure('HOST_BUSY')]);
    expect(await allOf(retryingPieces(attempt, rules))).toEqual(['a', 'b']);
    expect(seen.tries).toBe(3);
  });

  test('gives up after so many tries and says how many they were', async () => {
    const { seen, attempt } = host(Array.from({ length: 9 }, () => failure('HOST_FAILED')));
    const error = await rejection(allOf(retryingPieces(attempt, rules)));
    expect(error.code).toBe('HOST_FAILED');
    expect(error.message).toBe('It failed. Tried 3 times. Mend it.');
    expect(seen.tries).toBe(3);
  });

  test('does not try again what cannot go better', async () => {
    for (const code of ['HOST_REFUSED', 'HOST_MISMATCH', 'CONTEXT_FULL'] as const) {
      const { seen, attempt } = host([failure(code)]);
      expect((await rejection(allOf(retryingPieces(attempt, hours)))).code).toBe(code);
      expect(seen.tries).toBe(1);
    }
  });

  test('does not try again once a piece was given out: nobody can take it back', async () => {
    let tries = 0;
    async function* attempt(): AsyncGenerator<string> {
      tries++;
      yield await Promise.resolve('half');
      throw failure('HOST_FAILED');
    }
    const given: string[] = [];
    const read = async (): Promise<void> => {
      for await (const piece of retryingPieces(attempt, rules)) given.push(piece);
    };
    expect((await rejection(read())).code).toBe('HOST_FAILED');
    expect(given).toEqual(['half']);
    expect(tries).toBe(1);
  });

  test('ends at once when the signal aborts: in a pause of an hour, in a try, and before the first', async () => {
    const pausing = new AbortController();
    const { seen, attempt } = host([failure('HOST_BUSY')]);
    const answer = allOf(retryingPieces(attempt, { ...hours, signal: pausing.signal }));
    setTimeout(() => pausing.abort(), 5);
    expect(await answer).toEqual([]);
    expect(seen.tries).toBe(1);
    expect(await allOf(retryingPieces(attempt, { ...hours, signal: AbortSignal.abort() }))).toEqual([]);
    expect(seen.tries).toBe(1);

    const trying = new AbortController();
    const { attempt: whole } = host([], ['a', 'b', 'c']);
    const some: string[] = [];
    for await (const piece of retryingPieces(whole, { ...rules, signal: trying.signal })) {
      some.push(piece);
      if (piece === 'b') trying.abort();
    }
    expect(some).toEqual(['a', 'b']);
  });

  test('leaves the answer when its own loop is left', async () => {
    const { seen, attempt } = host([]);
    for await (const piece of retryingPieces(attempt, rules)) {
      expect(piece).toBe('a');
      break;
    }
    expect(seen.returned).toBe(1);
  });

  test('waits as long as the host asks, where that is longer than the pause', async () => {
    const asked = (ms: string): Error =>
      Object.assign(new Error('busy'), { status: 429, headers: new Headers({ 'retry-after-ms': ms }) });
    const { attempt } = host([asked('60')]);
    const from = performance.now();
    expect(await allOf(retryingPieces(attempt, rules))).toEqual(['a', 'b']);
    expect(performance.now() - from).toBeGreaterThanOrEqual(55);
    // Above the longest pause it is given up at once: to ask sooner is of no use.
    const { seen, attempt: tomorrow } = host([asked('86400000')]);
    expect((await rejection(allOf(retryingPieces(tomorrow, rules)))).code).toBe('HOST_BUSY');
    expect(seen.tries).toBe(1);
  });
});

describe('retrying', () => {
  test('gives what the first good try gives, which knows its number', async () => {
    const value = await retrying((count) => {
      if (count < 3) return Promise.reject(failure('HOST_UNREACHABLE'));
      return Promise.resolve(count);
    }, rules);
    expect(value).toBe(3);
  });

  test('is ABORTED by its signal, while it pauses and before it begins', async () => {
    const controller = new AbortController();
    const fail = (): Promise<never> => Promise.reject(failure('HOST_UNREACHABLE'));
    const waiting = rejection(retrying(fail, { ...hours, signal: controller.signal }));
    setTimeout(() => controller.abort(), 5);
    expect((await waiting).code).toBe('ABORTED');
    expect((await rejection(retrying(fail, { ...hours, signal: AbortSignal.abort() }))).code).toBe('ABORTED');
  });
});
