import { FramenestError } from '#dist/errors.js';
import { readSafetensors, safetensorsLimits, writeSafetensors } from '#dist/wire/safetensors.js';
import type { Tensor, TensorDtype } from '#dist/wire/safetensors.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';
import { fuzzRuns, fuzzTimeoutMs } from '../support/fuzz-runs.ts';

const widths: Record<TensorDtype, number> = { I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I8: 1, U8: 1 };

const anyTensor: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(widths) as TensorDtype[])),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    fill: fc.nat(255),
  })
  .map(({ dtype, shape, fill }) => {
    const size = shape.reduce((product, n) => product * n, widths[dtype]);
    return { dtype, shape, bytes: Uint8Array.from({ length: size }, (_, i) => fill + i) };
  });

const awkward = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', '', 'a"b', '\u2028', '\ud83d\ude00'];
const anyName = fc.oneof(fc.constantFrom(...awkward), fc.string()).filter((name) => name !== '__metadata__');
const anyMetadata = fc.dictionary(
  fc.string().filter((name) => name !== '__proto__'),
  fc.string(),
  { noNullPrototype: true },
);
const anyTensors = fc.uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name, maxLength: 8 });

/** A message from a header that may be anything, written by hand. */
function byHand(header: unknown, bodyBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const message = new Uint8Array(8 + text.length + bodyBytes);
  new DataView(message.buffer).setBigUint64(0, BigInt(text.length), true);
  message.set(text, 8);
  return message;
}

const u8 = (from: number, to: number): object => ({ dtype: 'U8', shape: [to - from], data_offsets: [from, to] });

describe('a safetensors message', () => {
  test('brings every tensor and every text back', () => {
    fc.assert(
      fc.property(anyTensors, anyMetadata, (pairs, metadata) => {
        const tensors = Object.fromEntries(pairs);
        const read = readSafetensors(writeSafetensors({ tensors, metadata }));
        expect(read.metadata).toEqual(metadata);
        expect(Object.keys(read.tensors).sort()).toEqual(pairs.map(([name]) => name).sort());
        for (const [name, tensor] of pairs) expect({ ...read.tensors[name] }).toEqual(tensor);
      }),
      { numRuns: 500 },
    );
  });

  test('starts every tensor at a multiple of the width of its values', () => {
    fc.assert(
      fc.property(anyTensors, (pairs) => {
        const message = writeSafetensors({ tensors: Object.fromEntries(pairs), metadata: {} });
        for (const { dtype, bytes } of Object.values(readSafetensors(message).tensors)) {
          expect(bytes.byteOffset % widths[dtype]).toBe(0);
        }
      }),
    );
  });

  test('is a length, a header of JSON padded with spaces to 8 bytes, and the bytes', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const message = writeSafetensors({ tensors: { a: { dtype: 'U8', shape: [3], bytes } }, metadata: { k: 'v' } });
    const text = '{"__metadata__":{"k":"v"},"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}';
    const length = Math.ceil(text.length / 8) * 8;
    expect(message[0]).toBe(length);
    expect([...message.subarray(1, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(Buffer.from(message.subarray(8, 8 + length)).toString()).toBe(text.padEnd(length));
    expect([...message.subarray(8 + length)]).toEqual([1, 2, 3]);
  });

  test('may hold nothing at all', () => {
    expect(readSafetensors(byHand('{}', 0))).toMatchObject({ metadata: {} });
  });

  test('gives views into the message, of a Buffer as of any other bytes', () => {
    const message = Buffer.from(byHand({ a: u8(0, 2) }, 2));
    const { a } = readSafetensors(message).tensors;
    message[message.length - 1] = 9;
    expect([...a!.bytes]).toEqual([0, 9]);
    expect(a!.bytes.slice().buffer.byteLength).toBe(2);
  });
});

describe('a tensor that calls itself __proto__', () => {
  const evil = byHand(`{"__proto__":${JSON.stringify(u8(0, 1))},"constructor":${JSON.stringify(u8(1, 2))}}`, 2);

  test('is a tensor like any other', () => {
    const { tensors } = readSafetensors(evil);
    expect(Object.keys(tensors)).toEqual(['__proto__', 'constructor']);
    expect(tensors['__proto__']!.shape).toEqual([1]);
    expect('toString' in tensors).toBe(false);
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });

  test('does no harm inside the metadata', () => {
    const { metadata } = readSafetensors(byHand('{"__metadata__":{"__proto__":"x","a":"b"}}', 0));
    expect(metadata['a']).toBe('b');
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });
});

describe('a message that is refused as malformed', () => {
  test.each<[string, Uint8Array, string]>([
    ['ends before its length', new Uint8Array(7), 'ends after 7 bytes'],
    ['ends inside its header', byHand({}, 0).subarray(0, 9), 'its header ends at byte 10 of 9'],
    ['has a header that is no JSON', byHand('{nope}', 0), 'no JSON'],
    ['has a header that is no UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), 'no JSON'],
    ['has an empty header', byHand('', 0), 'does not begin with "{"'],
    ['has an array for a header', byHand('[]', 0), 'does not begin with "{"'],
    ['hides a byte order mark', byHand('\ufeff{}', 0), 'does not begin with "{"'],
    ['begins its header with a space', byHand(' {}', 0), 'does not begin with "{"'],
    ['has metadata that are no strings', byHand({ __metadata__: { a: 1 } }, 0), '__metadata__'],
    ['has a list for metadata', byHand({ __metadata__: ['a'] }, 0), '__metadata__'],
    ['has a tensor that is no object', byHand({ a: 3 }, 0), 'tensor "a"'],
    ['has a dtype that we do not know', byHand({ a: { ...u8(0, 1), dtype: 'F64' } }, 1), 'bad dtype'],
    ['has a negative size', byHand({ a: { ...u8(0, 1), shape: [-1] } }, 1), 'bad shape'],
    ['has a size with a fraction', byHand({ a: { ...u8(0, 1), shape: [0.5] } }, 1), 'bad shape'],
    [
      'has a size that no number can hold',
      byHand('{"a":{"dtype":"U8","shape":[1e99],"data_offsets":[0,1]}}', 1),
      'bad',
    ],
    ['has too many dimensions', byHand({ a: { ...u8(0, 1), shape: Array(9).fill(1) } }, 1), 'bad shape'],
    ['has three offsets', byHand({ a: { ...u8(0, 1), data_offsets: [0, 1, 2] } }, 2), 'bad data_offsets'],
    ['has offsets that run backwards', byHand({ a: { ...u8(0, 1), data_offsets: [1, 0] } }, 1), 'takes 1 bytes'],
    ['has offsets behind its end', byHand({ a: u8(0, 9) }, 1), 'takes 9 bytes'],
    ['has a shape that does not fit its bytes', byHand({ a: { ...u8(0, 4), dtype: 'F32' } }, 4), 'takes 16 bytes'],
    ['has a shape whose product overflows', byHand({ a: { ...u8(0, 0), shape: Array(8).fill(2 ** 52) } }, 0), 'takes'],
    ['leaves a gap before its first tensor', byHand({ a: u8(1, 2) }, 2), 'leave or share bytes at 0'],
    ['leaves a gap between two tensors', byHand({ a: u8(0, 1), b: u8(2, 3) }, 3), 'leave or share bytes at 1'],
    ['shares bytes between two tensors', byHand({ a: u8(0, 2), b: u8(1, 3) }, 3), 'leave or share bytes at 1'],
    ['gives the same bytes to two tensors', byHand({ a: u8(0, 2), b: u8(0, 2) }, 2), 'leave or share bytes at 0'],
    ['hides bytes behind its last tensor', byHand({ a: u8(0, 1) }, 3), '2 bytes follow its last tensor'],
    ['hides bytes without any tensor', byHand({}, 1), '1 bytes follow its last tensor'],
    ['hides an empty tensor outside its bytes', byHand({ a: u8(0, 1), b: u8(7, 7) }, 1), 'data_offsets'],
  ])('%s', (_, message, what) => {
    const error = thrownBy(() => readSafetensors(message));
    expect(error.code).toBe('WIRE_MALFORMED');
    expect(error.what).toContain(what);
  });
});

describe('the limits of a message', () => {
  test('refuse a long header by its announced length, before it is read', () => {
    const { headerBytes } = safetensorsLimits;
    for (const length of [BigInt(headerBytes) + 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n]) {
      const message = new Uint8Array(16);
      new DataView(message.buffer).setBigUint64(0, length, true);
      const error = thrownBy(() => readSafetensors(message));
      expect(error.code).toBe('WIRE_LIMIT');
      expect(error.what).toContain(`a header of ${length} bytes; the limit is ${headerBytes}`);
    }
    expect(codeOf(() => readSafetensors(byHand('{}'.padEnd(headerBytes), 0)))).toBeUndefined();
    expect(codeOf(() => readSafetensors(byHand('{}'.padEnd(headerBytes + 1), 0)))).toBe('WIRE_LIMIT');
  });

  test('refuse more tensors than a packet can need', () => {
    const many = (n: number): Uint8Array =>
      byHand(Object.fromEntries(Array.from({ length: n }, (_, i) => [`t${i}`, u8(0, 0)])), 0);
    expect(codeOf(() => readSafetensors(many(safetensorsLimits.tensors)))).toBeUndefined();
    expect(codeOf(() => readSafetensors(many(safetensorsLimits.tensors + 1)))).toBe('WIRE_LIMIT');
  });
});

describe('whatever bytes come', () => {
  const onlyWireErrors = (message: Uint8Array): void => {
    try {
      readSafetensors(message);
    } catch (error) {
      if (!(error instanceof FramenestError && /^WIRE_/.test(error.code))) throw error;
    }
  };

  test('reading throws nothing but WIRE errors', { timeout: fuzzTimeoutMs }, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), onlyWireErrors), { numRuns: fuzzRuns });
  });

  test('reading a header of any JSON throws nothing but WIRE errors', { timeout: fuzzTimeoutMs }, () => {
    const entry = fc.oneof(
      fc.json(),
      fc
        .record({
          dtype: fc.constantFrom('U8', 'F16', 'I64', 'X'),
          shape: fc.array(fc.oneof(fc.nat(5), fc.integer(), fc.double())),
          data_offsets: fc.tuple(fc.nat(20), fc.nat(20)),
        })
        .map((value) => JSON.stringify(value)),
    );
    const header = fc
      .array(fc.tuple(fc.oneof(anyName, fc.constant('__metadata__')), entry))
      .map((pairs) => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`);
    fc.assert(
      fc.property(header, fc.nat(20), (text, body) => onlyWireErrors(byHand(text, body))),
      { numRuns: fuzzRuns },
    );
  });
});
