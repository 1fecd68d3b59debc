import { codeOf, thrownBy } from '../support/error-code.ts';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { lightStream } from '../support/serving.ts';
import { sleep, until } from '../support/sleep.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LightStream } from '../support/serving.ts';
import type { StreamItem, StreamReader } from '#dist/server/stream-reader.js';

const never = new AbortController().signal;

function closing(light: LightStream): LightStream {
  onTestFinished(() => light.stream.close());
  return light;
}

/** Everything that a reader still gets. */
async function drain(reader: StreamReader): Promise<StreamItem[]> {
  const items: StreamItem[] = [];
  while ((await reader.ready(never)) !== 'end') items.push(reader.take()!);
  return items;
}

describe('a token stream', () => {
  test('checks its options and its name when it is made, not when it is read', () => {
    expect(codeOf(() => lightStream('a', {}, { options: { policy: 'best' } }))).toBe('OPTION_INVALID');
    expect(codeOf(() => lightStream('a', {}, { options: { ladder: [1, 5] } }))).toBe('LADDER_INVALID');
    expect(codeOf(() => lightStream('a', {}, { options: { policy: 'fixed:7' } }))).toBe('LADDER_INVALID');
    expect(codeOf(() => lightStream('a', {}, { options: { policy: 'budget', budget: 99 } }))).toBe('OPTION_INVALID');
    expect(codeOf(() => lightStream(''))).toBe('OPTION_INVALID');
    expect(thrownBy(() => lightStream('x'.repeat(129))).what).toContain('"stream"');
  });

  test('of a file opens its source for the first reader and no sooner', async () => {
    const { stream, source } = closing(lightStream('a'));
    await sleep(20);
    expect(source.opened).toBe(0);
    stream.read('live');
    await until(() => source.opened === 1);
    stream.read('start');
    await stream.whenEnded();
    expect(source.opened).toBe(1);
  });

  test('of a camera opens its source at once', async () => {
    const { source } = closing(lightStream('a', { live: true, count: Infinity, everyMs: 1 }));
    await until(() => source.counts.decoded > 3);
  });

  test('of a file makes no more than its log keeps and the pipeline holds while nobody reads on', async () => {
    const light = closing(lightStream('a', { count: 500 }, { kept: 8 }));
    const reader = light.stream.read('start');
    light.stream.release(reader);
    await until(() => light.stream.totals.packets === 8);
    await sleep(50);
    expect(light.stream.totals.packets).toBe(8);
    // 16 is the pipeline's window.
    expect(light.source.counts.decoded).toBeLessThanOrEqual(8 + 16);
    const second = light.stream.read('start');
    const packets = await drain(second);
    expect(packets.every(({ type }) => type === 'packet')).toBe(true);
    expect(packets).toHaveLength(500);
  });

  test('counts a reader as slow only while it is behind', async () => {
    const light = closing(lightStream('a', { count: 30 }, { kept: 4, patienceMs: 60_000 }));
    // From beyond the end: never behind, so that the file does not wait for it.
    const ahead = light.stream.read(1000);
    await light.stream.whenEnded();
    expect(light.stream.totals).toEqual({ packets: 30, frames: 30, tokens: 270 });
    expect(await ahead.ready(never)).toBe('end');
  });

  test('ends its readers with ABORTED when it is closed in the middle, and without an error afterwards', async () => {
    const cut = lightStream('a', { count: 500 }, { kept: 8 });
    const reader = cut.stream.read('start');
    await until(() => cut.stream.totals.packets === 8);
    await cut.stream.close();
    expect(await drain(reader)).toHaveLength(8);
    expect(reader.take()).toMatchObject({ type: 'end', error: { code: 'ABORTED' } });
    await until(() => cut.source.closed === 1);

    const whole = lightStream('b');
    const last = whole.stream.read('start');
    await whole.stream.whenEnded();
    await whole.stream.close();
    await drain(last);
    expect(last.take()).toEqual({ type: 'end', error: undefined });
  });

  test('keeps the first reason of its end', async () => {
    const { stream } = lightStream('a', { count: 2, failure: new Error('no light') });
    stream.read('start');
    await stream.whenEnded();
    await stream.close();
    expect(stream.error?.what).toContain('no light');
  });

  test('passes on what the encoder fails with', async () => {
    const encoder = new PatchMeanEncoder({ side: 96, fails: (run) => (run === 3 ? new Error('too warm') : undefined) });
    const { stream } = closing(lightStream('a', { count: 9 }, { encoder }));
    stream.read('start');
    await stream.whenEnded();
    expect(stream.error).toMatchObject({ code: 'INTERNAL' });
    expect(stream.totals.packets).toBeLessThanOrEqual(3);
  });
});
