import { clientOf } from '#dist/server/client-address.js';
import { HandshakeGate } from '#dist/server/handshake-gate.js';
import { describe, expect, test } from 'vitest';

const HERE = '127.0.0.1';

describe('an address', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['2001:0DB8:0:0:ffff::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['::2', '0:0:0:0::/64'],
  ])('%s counts as %s', (address, client) => {
    expect(clientOf(address)).toBe(client);
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
    expect(clientOf(address)).toBeUndefined();
  });

  test('that is gone already is one like any other', () => {
    expect(clientOf(undefined)).toBe('');
  });
});

describe('a gate for handshakes', () => {
  test('lets an address open so many sockets, and others on', () => {
    const gate = new HandshakeGate({ each: { perSecond: 2, burst: 3 } });
    const opened = (address: string, now: number) => Array.from({ length: 5 }, () => gate.enter(address, now));
    expect(opened('203.0.113.9', 0)).toEqual([true, true, true, false, false]);
    expect(opened('203.0.113.8', 0)).toEqual([true, true, true, false, false]);
    // One machine has a whole /64 to come from.
    expect(opened('2001:db8::1', 0)).toEqual([true, true, true, false, false]);
    expect(gate.enter('2001:db8::2', 0)).toBe(false);
    expect(opened('203.0.113.9', 1000)).toEqual([true, true, false, false, false]);
  });

  test('counts this machine by itself', () => {
    const gate = new HandshakeGate({ local: { perSecond: 1, burst: 2 } });
    expect([HERE, '::1', '127.0.0.2'].map((address) => gate.enter(address, 0))).toEqual([true, true, false]);
    expect(gate.enter('203.0.113.9', 0)).toBe(true);
  });

  test('lets 500 subscribers of this machine in at once', () => {
    const gate = new HandshakeGate();
    for (let i = 0; i < 500; i++) expect(gate.enter(HERE, 0)).toBe(true);
  });

  test('forgets addresses rather than growing', () => {
    const gate = new HandshakeGate({ each: { perSecond: 0.001, burst: 1 } });
    const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    for (let i = 0; i < 4097; i++) expect(gate.enter(address(i), 0)).toBe(true);
    expect(gate.enter(address(4096), 0)).toBe(false);
    // The first one made room.
    expect(gate.enter(address(0), 0)).toBe(true);
  });

  test('has few places for strangers, and gets each back once', () => {
    const gate = new HandshakeGate({ strangers: 3, strangersEach: 2 });
    const [first, second] = [gate.hold('203.0.113.9'), gate.hold('203.0.113.9')];
    expect([typeof first, typeof second, gate.hold('203.0.113.9')]).toEqual(['function', 'function', undefined]);
    const other = gate.hold('203.0.113.8');
    expect(other).toBeDefined();
    expect(gate.hold('203.0.113.7')).toBeUndefined();
    other?.();
    other?.();
    expect(gate.hold('203.0.113.7')).toBeDefined();
    expect(gate.hold('203.0.113.6')).toBeUndefined();
    first?.();
    expect(gate.hold(HERE)).toBeDefined();
  });
});
