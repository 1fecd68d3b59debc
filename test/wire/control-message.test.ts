import { FramenestError, errorCodes } from '#dist/errors.js';
import {
  ANSWER_BYTES,
  CONTROL_BYTES,
  errorMessage,
  parseClientMessage,
  parseServerMessage,
} from '#dist/wire/control-message.js';
import type { ClientMessage, ServerMessage } from '#dist/wire/control-message.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';
import { fuzzRuns, fuzzTimeoutMs } from '../support/fuzz-runs.ts';

const client: ClientMessage[] = [
  { type: 'subscribe', stream: 'cam1', from: 'live', values: true, key: false },
  { type: 'subscribe', stream: 'cam1', from: 'start', values: false, key: true },
  { type: 'subscribe', stream: 'x'.repeat(128), from: 12, values: true, key: false },
  {
    ...{ type: 'subscribe', stream: 'cam1', from: { atMs: 1_700_000_000_000 }, values: true, key: false },
    ...{ maxScale: 36, layout: 'uniform', tokensPerSecond: 0.5, dtype: 'I8', maxLag: 1 },
  },
  { type: 'credit', stream: 'cam1', packets: 1 },
  { type: 'credit', stream: 'cam1', packets: 1_000_000, bytes: 2 ** 40, tokens: 1_000_000_000 },
  { type: 'credit', stream: 'cam1', tokens: 1 },
  { type: 'ack', stream: 'cam1', sequence: 0 },
  { type: 'unsubscribe', stream: 'cam1' },
  { type: 'listen' },
  { type: 'listen', streams: ['cam1', 'cam2'] },
  { type: 'unlisten' },
  { type: 'ping' },
];

const facts = {
  name: 'cam1',
  live: true,
  state: 'live' as const,
  encoder: 'sha256:00',
  channels: 192,
  gridSide: 24,
  ladder: [1, 9, 36, 144],
  timebase: '1/90000',
  durable: true,
  queries: false,
};

const server: ServerMessage[] = [
  {
    type: 'welcome',
    protocol: 'framenest.v1',
    server: 'framenest/0.1.0',
    streams: [facts],
    limits: { messageBytes: 1, subscriptions: 1 },
  },
  { type: 'welcome', protocol: 'p', server: 's', streams: [], limits: { messageBytes: 9, subscriptions: 9 } },
  { type: 'streams', streams: [facts] },
  { type: 'subscribed', stream: 'cam1', next: 0, ladder: [1, 9] },
  { type: 'gap', stream: 'cam1', from: 3, to: 9, frames: 7, reason: 'slow' },
  { type: 'gap', stream: 'cam1', from: 0, to: 0, frames: 1, reason: 'expired' },
  { type: 'gap', stream: 'cam1', from: 0, to: 0, frames: 1, reason: 'lost' },
  { type: 'demoted', stream: 'cam1', maxScale: 9, reason: 'behind' },
  { type: 'demoted', stream: 'cam1', maxScale: 144, reason: 'restored' },
  { type: 'acked', stream: 'cam1', sequence: 7 },
  { type: 'end', stream: 'cam1', packets: 10, frames: 10, tokens: 100 },
  { type: 'goaway', timeLeftMs: 5000 },
  { type: 'listening' },
  { type: 'event', stream: 'cam1', event: 'cut', atMs: 1_700_000_000_000, epoch: 2, sequence: 7 },
  {
    ...{ type: 'event', stream: 'cam1', event: 'activity-end', atMs: 1_700_000_000_000, epoch: 2, sequence: 7 },
    region: { x: 0, y: 0.25, width: 1, height: 0.5 },
  },
  {
    ...{ type: 'event', stream: 'cam1', event: 'lost', atMs: 1_700_000_000_000, epoch: 2 },
    reason: { code: 'INPUT_STALLED', what: 'a' },
  },
  { type: 'state', stream: 'cam1', state: 'live', sinceMs: 1_700_000_000_000, epoch: 0, failures: 0 },
  {
    ...{ type: 'state', stream: 'cam1', state: 'backing-off', sinceMs: 1_700_000_000_000, epoch: 2, failures: 3 },
    ...{ retryAtMs: 1_700_000_004_000, reason: { code: 'INPUT_STALLED', what: 'a' } },
  },
  { type: 'error', code: 'STREAM_UNKNOWN', message: 'a', mend: 'b', retryable: false, stream: 'cam1' },
  { type: 'error', code: 'INTERNAL', message: 'a', mend: 'b', retryable: false },
  { type: 'pong' },
];

describe('a control message', () => {
  test.each(client)('of a client is read: $type', (message) => {
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  });

  test.each(server)('of a server is read: $type', (message) => {
    expect(parseServerMessage(JSON.stringify(message))).toEqual(message);
  });

  test('to subscribe starts at the live edge where it does not say', () => {
    expect(parseClientMessage('{"type":"subscribe","stream":"cam1"}')).toEqual(client[0]);
  });

  test('may carry fields of a later version, which are left out', () => {
    expect(parseClientMessage('{"type":"ping","later":{"a":1}}')).toEqual({ type: 'ping' });
  });

  test('of one side is not understood by the other', () => {
    for (const message of server)
      expect(codeOf(() => parseClientMessage(JSON.stringify(message)))).toBe('PROTOCOL_VIOLATION');
    for (const message of client)
      expect(codeOf(() => parseServerMessage(JSON.stringify(message)))).toBe('PROTOCOL_VIOLATION');
  });
});

describe('a control message that is refused', () => {
  test.each([
    ['is no JSON', 'hello', '"hello" is no JSON'],
    ['is empty', '', 'is no JSON'],
    ['is no object', '"ping"', 'the message'],
    ['is a list', '[{"type":"ping"}]', 'the message'],
    ['is null', 'null', 'the message'],
    ['has no type', '{}', 'type'],
    ['has a type that is no text', '{"type":["ping"]}', 'type'],
    ['has a type from the prototype', '{"type":"constructor"}', 'type'],
    ['names no stream', '{"type":"ack","sequence":1}', 'stream'],
    ['names a stream with nothing', '{"type":"unsubscribe","stream":""}', 'stream'],
    ['names a stream too long', JSON.stringify({ type: 'unsubscribe', stream: 'x'.repeat(129) }), 'stream'],
    ['starts at a negative sequence', '{"type":"subscribe","stream":"a","from":-1}', 'from'],
    ['grants nothing at all', '{"type":"credit","stream":"a"}', 'packets, bytes or tokens'],
    ['grants no tokens', '{"type":"credit","stream":"a","tokens":0}', 'tokens'],
    ['asks for a scale of no tokens', '{"type":"subscribe","stream":"a","maxScale":0}', 'maxScale'],
    ['starts at half a sequence', '{"type":"subscribe","stream":"a","from":0.5}', 'from'],
    ['starts at a sequence that no number can hold', '{"type":"subscribe","stream":"a","from":1e300}', 'from'],
    ['starts somewhere unknown', '{"type":"subscribe","stream":"a","from":"end"}', 'from'],
    ['gives no credit', '{"type":"credit","stream":"a","packets":0}', 'packets'],
    ['gives negative credit', '{"type":"credit","stream":"a","packets":-5}', 'packets'],
    ['gives too much credit', '{"type":"credit","stream":"a","packets":1000001}', 'packets'],
    ['gives credit as text', '{"type":"credit","stream":"a","packets":"5"}', 'packets'],
  ])('%s', (_, text, detail) => {
    const error = thrownBy(() => parseClientMessage(text));
    expect(error.code).toBe('PROTOCOL_VIOLATION');
    expect(error.what).toContain(detail);
  });

  test('is not repeated in full by the error', () => {
    expect(thrownBy(() => parseClientMessage('x'.repeat(10_000))).what.length).toBeLessThan(200);
  });
});

describe('the size of a control message', () => {
  const ofBytes = (bytes: number): string => '{"type":"ping"}'.padEnd(bytes);

  test('is limited, to the byte', () => {
    expect(codeOf(() => parseClientMessage(ofBytes(CONTROL_BYTES)))).toBeUndefined();
    expect(codeOf(() => parseClientMessage(ofBytes(CONTROL_BYTES + 1)))).toBe('WIRE_LIMIT');
    const answer = (bytes: number): string => ofBytes(bytes).replace('ping', 'pong');
    expect(codeOf(() => parseServerMessage(answer(ANSWER_BYTES)))).toBeUndefined();
    expect(codeOf(() => parseServerMessage(answer(ANSWER_BYTES + 1)))).toBe('WIRE_LIMIT');
  });

  test('counts bytes of UTF-8, not characters', () => {
    const wide = JSON.stringify({ type: 'ping', note: '帧'.repeat(CONTROL_BYTES / 3) });
    expect(wide.length).toBeLessThan(CONTROL_BYTES);
    expect(codeOf(() => parseClientMessage(wide))).toBe('WIRE_LIMIT');
  });
});

describe('an error', () => {
  test('of any code is told in a message that a client can read', () => {
    for (const code of Object.keys(errorCodes) as (keyof typeof errorCodes)[]) {
      const error = new FramenestError(code, { what: 'What.', mend: 'Mend.' });
      const { retryable } = error;
      const expected = { type: 'error', code, message: 'What.', mend: 'Mend.', retryable };
      expect(parseServerMessage(JSON.stringify(errorMessage(error)))).toEqual(expected);
      expect(parseServerMessage(JSON.stringify(errorMessage(error, 'cam1')))).toEqual({ ...expected, stream: 'cam1' });
    }
  });

  test('of a code that does not exist is refused', () => {
    const text = '{"type":"error","code":"NOPE","message":"a","mend":"b","retryable":true}';
    expect(codeOf(() => parseServerMessage(text))).toBe('PROTOCOL_VIOLATION');
  });
});

describe('whatever text comes', () => {
  const fields = ['type', 'stream', 'from', 'packets', 'sequence', 'to', 'reason', 'streams', 'limits', '__proto__'];
  const types = [...client, ...server].map(({ type }) => type);
  const message = fc.array(
    fc.tuple(fc.constantFrom(...fields), fc.oneof(fc.constantFrom(...types, 'cam1', 'live', 1, 0, -1), fc.jsonValue())),
  );
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    message.map((pairs) => `{${pairs.map(([name, value]) => `"${name}":${JSON.stringify(value)}`).join(',')}}`),
  );

  test('it is understood or refused with a code', { timeout: fuzzTimeoutMs }, () => {
    fc.assert(
      fc.property(text, (said) => {
        for (const parse of [parseClientMessage, parseServerMessage]) {
          expect([undefined, 'PROTOCOL_VIOLATION', 'WIRE_LIMIT']).toContain(codeOf(() => parse(said)));
        }
      }),
      { numRuns: fuzzRuns },
    );
  });
});
