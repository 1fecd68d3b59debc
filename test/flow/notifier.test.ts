import { Notifier } from '#dist/flow/notifier.js';
import { describe, expect, test } from 'vitest';
import { listenersOf } from '../support/listeners.ts';
import { turn } from '../support/sleep.ts';

describe('a notifier', () => {
  const never = new AbortController().signal;

  test('wakes everybody who waits, and nobody twice', async () => {
    const notifier = new Notifier();
    const woken: string[] = [];
    void notifier.wait(never).then(() => woken.push('a'));
    void notifier.wait(never).then(() => woken.push('b'));
    await turn();
    expect(woken).toEqual([]);
    notifier.notify();
    await turn();
    expect(woken).toEqual(['a', 'b']);
    notifier.notify();
    await turn();
    expect(woken).toEqual(['a', 'b']);
  });

  test('holds nothing for those who come later', async () => {
    const notifier = new Notifier();
    notifier.notify();
    let woken = false;
    void notifier.wait(never).then(() => (woken = true));
    await turn();
    expect(woken).toBe(false);
  });

  test('wakes those whose signal aborts, and does not let them wait after that', async () => {
    const notifier = new Notifier();
    const abort = new AbortController();
    const waiting = notifier.wait(abort.signal);
    abort.abort();
    await waiting;
    await notifier.wait(abort.signal);
  });

  test('wakes after the time that was given', async () => {
    await new Notifier().wait(never, 1);
  });

  test('does not fall asleep for ever where a woken one waits again at once', async () => {
    const notifier = new Notifier();
    let rounds = 0;
    const loop = async (): Promise<void> => {
      while (rounds < 3) {
        await notifier.wait(never);
        rounds++;
      }
    };
    const done = loop();
    for (let i = 0; i < 3; i++) {
      notifier.notify();
      await turn();
    }
    await done;
    expect(rounds).toBe(3);
  });

  test('leaves no listener on the signal, whichever way the wait ended', async () => {
    const notifier = new Notifier();
    const abort = new AbortController();
    for (let i = 0; i < 20; i++) {
      const waits = [notifier.wait(abort.signal), notifier.wait(abort.signal, 1), notifier.wait(abort.signal, 10_000)];
      await waits[1];
      expect(listenersOf(abort.signal)).toBe(2);
      notifier.notify();
      await Promise.all(waits);
      expect(listenersOf(abort.signal)).toBe(0);
    }
    const last = notifier.wait(abort.signal, 10_000);
    abort.abort();
    await last;
    expect(listenersOf(abort.signal)).toBe(0);
  });
});
