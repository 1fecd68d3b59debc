import { Notifier } from '#dist/flow/notifier.js';
import { PacketRing } from '#dist/log/packet-ring.js';
import { StreamReader } from '#dist/server/stream-reader.js';
import { describe, expect, test } from 'vitest';
import { sleep } from '../support/sleep.ts';

const never = new AbortController().signal;

/** A log of three packets, what tells of its changes, and a reader of it. */
function reading(next = 0, maxLag?: number) {
  const log = new PacketRing({ packets: 3, bytes: 1000 });
  const changed = new Notifier();
  const state = { ended: false, error: undefined };
  const append = (): void => {
    void log.append({ sequence: log.next, bytes: new Uint8Array(1), tokens: 1, epoch: 0, atMs: 0 });
    changed.notify();
  };
  const end = (): void => {
    state.ended = true;
    changed.notify();
  };
  return {
    append,
    end,
    reader: new StreamReader(log, { appended: changed, moved: new Notifier() }, { next, maxLag }, state),
  };
}

describe('a stream reader', () => {
  test('leaves in place what it says is ready, and takes nothing where nothing is', async () => {
    const { reader, append } = reading();
    expect(reader.take()).toBeUndefined();
    append();
    expect(await reader.ready(never)).toBe('packet');
    expect(await reader.ready(never)).toBe('packet');
    expect(reader.next).toBe(0);
    expect(reader.take()).toMatchObject({ type: 'packet', packet: { sequence: 0 } });
    expect(reader.next).toBe(1);
    expect(reader.take()).toBeUndefined();
  });

  test('takes as a gap what was ready as a packet and is gone by then', async () => {
    const { reader, append } = reading();
    append();
    expect(await reader.ready(never)).toBe('packet');
    for (let i = 0; i < 4; i++) append();
    expect(reader.take()).toEqual({ type: 'gap', from: 0, to: 1, reason: 'slow' });
    expect(reader.take()).toMatchObject({ packet: { sequence: 2 } });
    for (let i = 0; i < 4; i++) append();
    expect(await reader.ready(never)).toBe('gap');
    expect(reader.take()).toEqual({ type: 'gap', from: 3, to: 5, reason: 'slow' });
  });

  test('gives what is kept before the end, and then nothing else', async () => {
    const { reader, append, end } = reading();
    append();
    end();
    expect(await reader.ready(never)).toBe('packet');
    reader.take();
    for (let i = 0; i < 2; i++) {
      expect(await reader.ready(never)).toBe('end');
      expect(reader.take()).toEqual({ type: 'end', error: undefined });
    }
  });

  test('stops waiting when its signal aborts', async () => {
    const { reader } = reading();
    const abort = new AbortController();
    const ready = reader.ready(abort.signal);
    abort.abort();
    expect(await ready).toBeUndefined();
    expect(await reader.ready(abort.signal)).toBeUndefined();
  });

  test('is not idle while there is nothing to take, however long that is', async () => {
    const { reader, append } = reading();
    const ready = reader.ready(never);
    await sleep(30);
    expect(reader.idleMs).toBe(0);
    append();
    expect(reader.idleMs).toBe(0);
    await ready;
    await sleep(30);
    expect(reader.idleMs).toBeGreaterThan(0);
  });

  test('says of what is missing whether it was gone before, was let go since, or was never kept', async () => {
    const log = new PacketRing({ packets: 3, bytes: 1000 });
    const append = (): Promise<void> =>
      log.append({ sequence: log.next, bytes: new Uint8Array(1), tokens: 1, epoch: 0, atMs: 0 });
    for (let i = 0; i < 5; i++) await append();
    // As a log that could not write for a while.
    const holed = new Proxy(log, {
      get: (target, name) => {
        if (name === 'get') return (sequence: number) => (sequence === 6 ? undefined : target.get(sequence));
        if (name === 'seek') return (sequence: number) => (sequence === 6 ? 7 : target.seek(sequence));
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const reader = new StreamReader(
      holed,
      { appended: new Notifier(), moved: new Notifier() },
      { next: 0 },
      { ended: false, error: undefined },
    );
    expect(reader.take()).toEqual({ type: 'gap', from: 0, to: 1, reason: 'expired' });
    expect(reader.take()).toMatchObject({ packet: { sequence: 2 } });
    for (let i = 0; i < 3; i++) await append();
    expect(reader.take()).toEqual({ type: 'gap', from: 3, to: 4, reason: 'slow' });
    expect(reader.take()).toMatchObject({ packet: { sequence: 5 } });
    expect(await reader.ready(never)).toBe('gap');
    expect(reader.take()).toEqual({ type: 'gap', from: 6, to: 6, reason: 'lost' });
    expect(reader.take()).toMatchObject({ packet: { sequence: 7 } });
  });

  test('lets the oldest go beyond its own lag, and says so', async () => {
    const { reader, append } = reading(0, 2);
    for (let i = 0; i < 3; i++) append();
    expect(await reader.ready(never)).toBe('packet');
    expect(reader.take()).toEqual({ type: 'gap', from: 0, to: 0, reason: 'slow' });
    expect(reader.lag).toBe(2);
    expect(reader.take()).toMatchObject({ packet: { sequence: 1 } });
  });
});
