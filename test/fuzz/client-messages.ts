import fc from 'fast-check';

const huge = [2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e21, 1e308, -1, -0, 0.5, 5e-324];
const number = fc.oneof(fc.nat(20), fc.integer(), fc.double(), fc.constantFrom(...huge));
const strange = ['__proto__', 'constructor', 'toString', '\ud800', 'cam\udfff', '\0', '', 'x'.repeat(129)];
const stream = fc.oneof(
  { weight: 6, arbitrary: fc.constant('cam') },
  { weight: 1, arbitrary: fc.constantFrom(...strange) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
const from = fc.oneof(
  fc.constantFrom<unknown>('live', 'start', 'end', 0, 7, null, { atMs: 0 }),
  number,
  fc.record({ atMs: number }),
);
const options = {
  ...{ maxScale: fc.oneof(fc.constantFrom(1, 9, 36, 144), number) },
  ...{ layout: fc.constantFrom('uniform', 'tree', 'none'), dtype: fc.constantFrom('F16', 'BF16', 'F32', 'I8', 'F8') },
  ...{ tokensPerSecond: number, values: fc.boolean(), key: fc.boolean(), maxLag: number },
};

/** Whatever a client may say, with values that it may and may not give. */
const nearly: fc.Arbitrary<object> = fc.oneof(
  fc.record({ type: fc.constant('subscribe'), stream, from, ...options }, { requiredKeys: ['type', 'stream'] }),
  fc.record(
    { type: fc.constant('credit'), stream, packets: number, bytes: number, tokens: number },
    { requiredKeys: ['type', 'stream'] },
  ),
  fc.record({ type: fc.constant('ack'), stream, sequence: number }),
  fc.record({ type: fc.constant('unsubscribe'), stream }),
  fc.record({ type: fc.constant('listen'), streams: fc.array(stream) }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constantFrom('unlisten', 'ping', 'pong', 'welcome', '__proto__', 'subscribed') }),
);

/** What a server must take: each is in its bounds. */
const right: fc.Arbitrary<object> = fc.oneof(
  fc.constant({ type: 'subscribe', stream: 'cam', from: 'live' }),
  fc.record({ type: fc.constant('credit'), stream: fc.constant('cam'), packets: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ type: fc.constant('ack'), stream: fc.constant('cam'), sequence: fc.maxSafeNat() }),
  fc.constant({ type: 'unsubscribe', stream: 'cam' }),
  fc.constantFrom({ type: 'listen' }, { type: 'unlisten' }, { type: 'ping' }),
);

/** JSON as deep as the longest message allows, in a field or alone. */
const deep = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"__proto__":'), fc.nat(5000), fc.boolean())
  .map(([open, levels, alone]) => {
    const close = open === '[' ? ']' : '}';
    const nested = `${open.repeat(levels)}1${close.repeat(levels)}`.slice(0, 16_000);
    return alone ? nested : `{"type":"ping","note":${nested}}`;
  });

/** Keys that a careless reader would make part of every object. */
const polluting = fc
  .tuple(nearly, fc.constantFrom('__proto__', 'constructor', 'prototype'), fc.jsonValue())
  .map(([message, key, value]) => `{"${key}":${JSON.stringify(value)},${JSON.stringify(message).slice(1)}`);

/** A right text with a few characters changed, cut out or doubled. */
const bent = fc
  .tuple(
    fc.oneof(right, nearly),
    fc.array(fc.tuple(fc.nat(200), fc.nat(3), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 3 }),
  )
  .map(([message, edits]) =>
    edits.reduce((text, [at, length, put]) => {
      const place = at % text.length;
      return text.slice(0, place) + put + text.slice(place + length);
    }, JSON.stringify(message)),
  );

/** Texts that a client might send, from right ones to none that means anything. */
export const clientText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: right.map((message) => JSON.stringify(message)) },
  { weight: 4, arbitrary: nearly.map((message) => JSON.stringify(message)) },
  { weight: 3, arbitrary: bent },
  { weight: 1, arbitrary: polluting },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 1, arbitrary: fc.json() },
);
