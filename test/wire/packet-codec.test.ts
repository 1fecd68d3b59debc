import { readFileSync } from 'node:fs';
import { FramenestError } from '#dist/errors.js';
import type { FrameKind, Packet, TokenDtype } from '#dist/media/packet.js';
import { PROTOCOL, decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { readSafetensors, writeSafetensors } from '#dist/wire/safetensors.js';
import type { SafetensorsMessage, Tensor } from '#dist/wire/safetensors.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';
import { fuzzRuns, fuzzTimeoutMs } from '../support/fuzz-runs.ts';
import { goldenPackets } from '../support/golden-packets.ts';
import { anyPacket, smallPacket } from '../support/packets.ts';

const golden = (name: string): Uint8Array =>
  Buffer.from(readFileSync(new URL(`../golden/${name}.hex`, import.meta.url), 'utf8').replaceAll(/\s/g, ''), 'hex');

describe('a packet', () => {
  test('comes back as it was, for every kind and dtype', () => {
    const seen = new Set<FrameKind | TokenDtype>();
    fc.assert(
      fc.property(anyPacket, (packet) => {
        seen.add(packet.dtype);
        for (const { kind } of packet.frames) seen.add(kind);
        expect(decodePacket(encodePacket(packet))).toEqual(packet);
      }),
      { numRuns: 500 },
    );
    expect([...seen].sort()).toEqual(['BF16', 'F16', 'F32', 'I8', 'hold', 'refine', 'tree', 'uniform']);
  });

  test('comes back from the middle of a larger buffer, and from a Buffer of Node', () => {
    fc.assert(
      fc.property(anyPacket, fc.nat(9), (packet, offset) => {
        const message = encodePacket(packet);
        const large = Buffer.alloc(message.length + 20);
        large.set(message, offset);
        expect(decodePacket(large.subarray(offset, offset + message.length))).toEqual(packet);
      }),
      { numRuns: 100 },
    );
  });

  test('has its tokens as a view into the message and the rest as copies', () => {
    const packet = smallPacket({ dtype: 'I8', tokens: new Uint8Array(2), tokenScale: Float32Array.of(1) });
    const message = encodePacket(packet);
    const decoded = decodePacket(message);
    message.fill(7);
    expect([...decoded.tokens]).toEqual([7, 7]);
    expect([...decoded.tokenScale!]).toEqual([1]);
  });

  test('comes back without the values of its tokens, however many they are', () => {
    const frame = { ...smallPacket().frames[0]!, scale: 2 ** 31 - 1, tokens: 2 ** 31 - 1 };
    for (const dtype of ['F16', 'BF16', 'F32', 'I8'] as const) {
      const packet = smallPacket({ frames: [frame], dtype, channels: 0, tokens: new Uint8Array(0) });
      const message = encodePacket(packet);
      expect(message.length).toBeLessThan(1024);
      expect(decodePacket(message)).toEqual(packet);
    }
  });

  test('is not written where its frames and its tokens disagree', () => {
    expect(() => encodePacket(smallPacket({ tokens: new Uint8Array(8) }))).toThrow(RangeError);
    expect(() => encodePacket(smallPacket({ channels: 0 }))).toThrow(RangeError);
  });
});

describe('the golden packets', () => {
  test.each(Object.entries(goldenPackets))('"%s" is written byte for byte and read value for value', (name, packet) => {
    const bytes = golden(name);
    expect(Buffer.from(encodePacket(packet)).toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
    expect(decodePacket(bytes)).toEqual(packet);
  });

  test('hold one packet of each kind of frame and each dtype', () => {
    const packets: Packet[] = Object.values(goldenPackets);
    const kinds = new Set(packets.flatMap(({ frames }) => frames.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(['hold', 'refine', 'tree', 'uniform']);
    expect([...new Set(packets.map(({ dtype }) => dtype))].sort()).toEqual(['BF16', 'F16', 'F32', 'I8']);
  });
});

/** The message of a small packet with some of its tensors or metadata changed. */
function changed(
  tensors: Record<string, Tensor | undefined>,
  metadata: Record<string, string | undefined> = {},
): Uint8Array {
  const whole = readSafetensors(encodePacket(smallPacket()));
  const kept = <T>(all: Record<string, T | undefined>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter((entry): entry is [string, T] => entry[1] !== undefined));
  const message: SafetensorsMessage = {
    tensors: kept({ ...whole.tensors, ...tensors }),
    metadata: kept({ ...whole.metadata, ...metadata }),
  };
  return writeSafetensors(message);
}

const i32 = (...values: number[]): Tensor => ({
  dtype: 'I32',
  shape: [values.length],
  bytes: new Uint8Array(Int32Array.from(values).buffer),
});
const u8 = (...values: number[]): Tensor => ({ dtype: 'U8', shape: [values.length], bytes: Uint8Array.from(values) });
const f32: Tensor = { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) };

describe('a message that is no packet', () => {
  test('is only refused for what is wrong with it', () => {
    expect(decodePacket(changed({}))).toEqual(smallPacket());
    expect(decodePacket(changed({ extra: u8(1, 2) }, { note: 'x' }))).toEqual(smallPacket());
  });

  test.each<[string, Uint8Array, string]>([
    ['has no tokens', changed({ tokens: undefined }), '"tokens" is missing'],
    ['has integers for tokens', changed({ tokens: i32(1) }), 'tokens are I32'],
    ['has tokens of one dimension', changed({ tokens: { ...u8(0, 0), dtype: 'I8' } }), 'tokens have the shape [2]'],
    ['has no row', changed({ tokens: { dtype: 'F16', shape: [0, 2], bytes: new Uint8Array(0) } }), 'shape [0, 2]'],
    ['has no pts', changed({ pts: undefined }), 'it holds no frame'],
    ['has no frame', changed({ pts: { dtype: 'I64', shape: [0], bytes: new Uint8Array(0) } }), 'it holds no frame'],
    ['has pts of the wrong format', changed({ pts: i32(1) }), '"pts" is I32 [1] instead of I64 [1]'],
    ['has no bounds', changed({ cu_seqlens: undefined }), '"cu_seqlens" is missing'],
    ['has too few bounds', changed({ cu_seqlens: i32(0) }), '"cu_seqlens" is I32 [1] instead of I32 [2]'],
    ['has bounds that do not start at 0', changed({ cu_seqlens: i32(1, 1) }), 'does not span 0…1'],
    ['has bounds that do not end at the last row', changed({ cu_seqlens: i32(0, 2) }), 'does not span 0…1'],
    ['has a kind that we do not know', changed({ kind: u8(4) }), 'frame 0 has the kind 4'],
    ['has another scale than tokens', changed({ scale: i32(9) }), 'frame 0, uniform, has 1 tokens instead of 9'],
    ['has a scale of 0', changed({ scale: i32(0) }), 'count below 1'],
    ['has a negative number of dropped frames', changed({ dropped_before: i32(-1) }), 'count below 1'],
    ['has a tree without positions', changed({ kind: u8(1) }), 'no positions'],
    ['has positions for other rows', changed({ position: i32(1, 2) }), '"position" is I32 [2] instead of I32 [1]'],
    ['has factors for float tokens', changed({ token_scale: f32 }), 'token_scale'],
    [
      'has I8 tokens without factors',
      changed({ tokens: { dtype: 'I8', shape: [1, 2], bytes: new Uint8Array(2) } }),
      'token_scale',
    ],
    [
      'has factors and no values',
      changed({ tokens: { dtype: 'I8', shape: [1, 0], bytes: new Uint8Array(0) }, token_scale: f32 }),
      'token_scale',
    ],
    ['speaks another protocol', changed({}, { protocol: 'framenest.v2' }), `protocol is not ${PROTOCOL}`],
    ['names no stream', changed({}, { stream: undefined }), 'lacks "stream"'],
    ['has a sequence that is no count', changed({}, { sequence: '-1' }), 'sequence is no count'],
    ['has a sequence too large to count', changed({}, { sequence: '1'.repeat(16) }), 'sequence is no count'],
    ['has an epoch that is no count', changed({}, { epoch: '1e3' }), 'epoch is no count'],
    ['has no timebase', changed({}, { timebase: '1/0' }), 'timebase is no fraction'],
    ['has a stage that we do not know', changed({}, { stage: 'mid' }), 'stage is neither'],
    ['has a wallclock that is no count', changed({}, { wallclock_us: '1.5' }), 'wallclock_us is no count'],
  ])('%s', (_, message, what) => {
    const error = thrownBy(() => decodePacket(message));
    expect(error.code).toBe('WIRE_MALFORMED');
    expect(error.what).toContain(what);
  });

  test('has bounds that go down in the middle', () => {
    const two = smallPacket({
      frames: [smallPacket().frames[0]!, smallPacket().frames[0]!],
      tokens: new Uint8Array(8),
    });
    const { tensors, metadata } = readSafetensors(encodePacket(two));
    const message = writeSafetensors({ tensors: { ...tensors, cu_seqlens: i32(0, 3, 2) }, metadata });
    expect(codeOf(() => decodePacket(message))).toBe('WIRE_MALFORMED');
  });
});

describe('whatever bytes come', () => {
  const onlyWireErrors = (message: Uint8Array): void => {
    try {
      decodePacket(message);
    } catch (error) {
      if (!(error instanceof FramenestError && /^WIRE_/.test(error.code))) throw error;
    }
  };

  test('reading throws nothing but WIRE errors', { timeout: fuzzTimeoutMs }, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), onlyWireErrors), { numRuns: fuzzRuns });
  });

  test(
    'reading a valid packet with some bytes changed throws nothing but WIRE errors',
    { timeout: fuzzTimeoutMs },
    () => {
      const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
        minLength: 1,
        maxLength: 6,
      });
      fc.assert(
        fc.property(anyPacket, edits, (packet, changes) => {
          const message = encodePacket(packet);
          for (const [where, byte] of changes) message[Math.floor(where * message.length)] = byte;
          onlyWireErrors(message);
        }),
        { numRuns: fuzzRuns },
      );
    },
  );

  test(
    'reading a valid packet that was cut or spliced throws nothing but WIRE errors',
    { timeout: fuzzTimeoutMs },
    () => {
      const place = fc.double({ min: 0, max: 1, noNaN: true });
      fc.assert(
        fc.property(anyPacket, place, place, fc.uint8Array({ maxLength: 16 }), (packet, from, to, inserted) => {
          const message = encodePacket(packet);
          const head = message.subarray(0, Math.floor(from * message.length));
          onlyWireErrors(head);
          onlyWireErrors(Buffer.concat([head, inserted, message.subarray(Math.floor(to * message.length))]));
        }),
        { numRuns: fuzzRuns },
      );
    },
  );

  test(
    'reading a packet with one number of its header changed throws nothing but WIRE errors',
    { timeout: fuzzTimeoutMs },
    () => {
      fc.assert(
        fc.property(
          anyPacket,
          fc.nat(40),
          fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger()),
          (packet, which, value) => {
            const message = encodePacket(packet);
            const length = new DataView(message.buffer).getUint32(0, true);
            const header = Buffer.from(message.subarray(8, 8 + length)).toString();
            let at = 0;
            const text = Buffer.from(header.replaceAll(/\d+/g, (found) => (at++ === which ? String(value) : found)));
            const other = Buffer.concat([new Uint8Array(8), text, message.subarray(8 + length)]);
            other.writeBigUInt64LE(BigInt(text.length), 0);
            onlyWireErrors(other);
          },
        ),
        { numRuns: fuzzRuns },
      );
    },
  );
});
