import { RateBucket } from '#dist/server/rate-bucket.js';
import { MESSAGES_PER_SECOND, MessageRate } from '#dist/server/message-rate.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../support/error-code.ts';

test('a bucket lets through no more than its burst and its rate in any time, and all that stays below', () => {
  const gaps = fc.array(fc.nat(300), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 50 }), (pauses, burst, perSecond) => {
      const bucket = new RateBucket({ perSecond, burst });
      const passed: number[] = [];
      let now = 0;
      for (const pause of pauses) {
        now += pause;
        if (bucket.take(now)) passed.push(now);
      }
      for (const [i, from] of passed.entries()) {
        for (const [more, to] of passed.slice(i).entries()) {
          expect(more + 1).toBeLessThanOrEqual(burst + ((to - from) / 1000) * perSecond + 1e-6);
        }
      }
      const calm = new RateBucket({ perSecond, burst });
      for (let i = 0; i < 100; i++) expect(calm.take((i * 1000) / perSecond + 1e-6 * i)).toBe(true);
    }),
  );
});

describe('control messages', () => {
  test('may come a thousand at once, then a hundred a second', () => {
    const rate = new MessageRate();
    for (let i = 0; i < 1000; i++) rate.count(0);
    expect(codeOf(() => rate.count(0))).toBe('RATE_LIMITED');
    for (let i = 0; i < MESSAGES_PER_SECOND; i++) rate.count(1000);
    expect(codeOf(() => rate.count(1000))).toBe('RATE_LIMITED');
  });

  test('may come for ever at their rate', () => {
    const rate = new MessageRate();
    for (let i = 0; i < 100_000; i++) rate.count(i * 10);
  });
});
