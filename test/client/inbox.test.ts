import { Inbox } from '#dist/client/inbox.js';
import { describe, expect, test } from 'vitest';

describe('an inbox', () => {
  test('gives what was put in, in order, to a loop that comes later', async () => {
    const inbox = new Inbox<number>();
    for (const item of [1, 2, 3]) inbox.put(item);
    expect(inbox.length).toBe(3);
    expect([await inbox.take(), await inbox.take()]).toEqual([1, 2]);
    expect(inbox.length).toBe(1);
  });

  test('wakes a loop that waits', async () => {
    const inbox = new Inbox<number>();
    const taken = inbox.take();
    inbox.put(7);
    expect(await taken).toBe(7);
  });

  test('that is closed gives what it holds, then nothing, and takes no more in', async () => {
    const inbox = new Inbox<number>();
    inbox.put(1);
    inbox.close();
    inbox.put(2);
    expect([await inbox.take(), await inbox.take(), await inbox.take()]).toEqual([1, undefined, undefined]);
  });

  test('that failed gives what it holds, then throws the first failure', async () => {
    const inbox = new Inbox<number>();
    inbox.put(1);
    inbox.fail(new Error('first'));
    inbox.fail(new Error('second'));
    expect(await inbox.take()).toBe(1);
    await expect(inbox.take()).rejects.toThrow('first');
  });

  test('tells a loop that waits of its end', async () => {
    const [closed, failed] = [new Inbox<number>(), new Inbox<number>()];
    const waiting = [closed.take(), failed.take()] as const;
    closed.close();
    failed.fail(new Error('gone'));
    expect(await waiting[0]).toBeUndefined();
    await expect(waiting[1]).rejects.toThrow('gone');
  });
});
