import { GrantedCredit } from '#dist/flow/granted-credit.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listenersOf } from '../support/listeners.ts';
import { turn } from '../support/sleep.ts';

const never = new AbortController().signal;
const packet = { packets: 1, bytes: 100, tokens: 9 };

describe('granted credit', () => {
  test('is none before the first grant', async () => {
    const credit = new GrantedCredit();
    expect(credit.positive).toBe(false);
    let available = false;
    const first = credit.available(never).then((got) => (available = got));
    await turn();
    expect(available).toBe(false);
    credit.grant({ packets: 1 });
    expect(await first).toBe(true);
  });

  test('limits in each kind that was ever granted, and in no other', () => {
    const credit = new GrantedCredit();
    credit.grant({ packets: 3 });
    for (let i = 0; i < 3; i++) {
      expect(credit.positive).toBe(true);
      credit.spend(packet);
    }
    expect(credit.positive).toBe(false);
    credit.grant({ packets: 5, tokens: 9 });
    credit.spend(packet);
    expect(credit.positive).toBe(false);
    credit.grant({ packets: 1 });
    expect(credit.positive).toBe(false);
    credit.grant({ tokens: 1 });
    expect(credit.positive).toBe(true);
  });

  test('is overdrawn by one packet at most, however small the grants are', () => {
    const cost = fc.record({ packets: fc.constant(1), bytes: fc.nat(1000), tokens: fc.nat(600) });
    const grant = fc.record({ bytes: fc.integer({ min: 1, max: 300 }), tokens: fc.integer({ min: 1, max: 300 }) });
    fc.assert(
      fc.property(fc.array(fc.oneof(grant, cost), { maxLength: 200 }), (steps) => {
        const credit = new GrantedCredit();
        const granted = { bytes: 0, tokens: 0 };
        const sent = { bytes: 0, tokens: 0 };
        for (const step of steps) {
          if (!('packets' in step)) {
            credit.grant(step);
            granted.bytes += step.bytes;
            granted.tokens += step.tokens;
            continue;
          }
          expect(credit.positive).toBe(sent.bytes < granted.bytes && sent.tokens < granted.tokens);
          if (!credit.positive) continue;
          credit.spend(step);
          sent.bytes += step.bytes;
          sent.tokens += step.tokens;
        }
      }),
    );
  });

  test('cannot be piled up without end', () => {
    const credit = new GrantedCredit();
    for (let i = 0; i < 5; i++) credit.grant({ packets: 999_999 });
    for (let i = 0; i < 1_000_000; i++) credit.spend(packet);
    expect(credit.positive).toBe(false);
  });

  test('is not there for whoever gives up, who leaves no listener behind', async () => {
    const credit = new GrantedCredit();
    const abort = new AbortController();
    const waiting = credit.available(abort.signal);
    expect(listenersOf(abort.signal)).toBe(1);
    abort.abort();
    expect(await waiting).toBe(false);
    expect(listenersOf(abort.signal)).toBe(0);
    credit.grant({ packets: 1 });
    expect(await credit.available(abort.signal)).toBe(false);
  });
});
