import { GrantedCredit } from '#dist/flow/granted-credit.js';
import { describe, expect, test } from 'vitest';
import { listenersOf } from '../support/listeners.ts';
import { turn } from '../support/sleep.ts';

describe('granted credit', () => {
  const never = new AbortController().signal;

  test('is none before the first grant', async () => {
    const credit = new GrantedCredit();
    expect(credit.left).toBe(0);
    let taken = false;
    const first = credit.take(never).then((got) => (taken = got));
    await turn();
    expect(taken).toBe(false);
    credit.grant(1);
    expect(await first).toBe(true);
    expect(credit.left).toBe(0);
  });

  test('shrinks by one a message and grows by grants', async () => {
    const credit = new GrantedCredit();
    credit.grant(3);
    credit.grant(2);
    for (let left = 4; left >= 0; left--) {
      expect(await credit.take(never)).toBe(true);
      expect(credit.left).toBe(left);
    }
  });

  test('is never used twice, even by two who wait together', async () => {
    const credit = new GrantedCredit();
    let taken = 0;
    for (let i = 0; i < 5; i++) void credit.take(never).then((got) => (taken += got ? 1 : 0));
    await turn();
    credit.grant(2);
    await turn();
    expect(taken).toBe(2);
    expect(credit.left).toBe(0);
    credit.grant(10);
    await turn();
    expect(taken).toBe(5);
    expect(credit.left).toBe(7);
  });

  test('cannot be piled up without end', () => {
    const credit = new GrantedCredit();
    for (let i = 0; i < 5; i++) credit.grant(999_999);
    expect(credit.left).toBe(1_000_000);
  });

  test('is not taken by whoever gives up', async () => {
    const credit = new GrantedCredit();
    const abort = new AbortController();
    const taking = credit.take(abort.signal);
    abort.abort();
    expect(await taking).toBe(false);
    credit.grant(1);
    expect(await credit.take(abort.signal)).toBe(false);
    expect(credit.left).toBe(1);
  });

  test('leaves no listener on the signal of a long stream', async () => {
    const credit = new GrantedCredit();
    const { signal } = new AbortController();
    for (let i = 0; i < 50; i++) {
      const taking = credit.take(signal);
      await turn();
      credit.grant(1);
      await taking;
    }
    expect(listenersOf(signal)).toBe(0);
  });
});
