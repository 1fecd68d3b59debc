import { connect } from 'node:net';
import { errorCodes } from '#dist/errors.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ServingProcess } from '../faults/serving-process.ts';
import { fuzzRuns, fuzzTimeoutMs } from '../support/fuzz-runs.ts';
import { clientText } from './client-messages.ts';
import { expectModest } from './modest.ts';

const handshake = [
  ...['GET / HTTP/1.1', 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
  ...['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol: framenest.v1', '', ''],
].join('\r\n');

/** What a frame is, right or wrong. */
interface RawFrame {
  /** First byte: FIN, RSV and opcode. */
  readonly first: number;
  readonly mask: readonly number[] | undefined;
  readonly payload: Uint8Array;
  /** Length that it claims, and in which of the three notations; default: its own, in the shortest. */
  readonly claims: { readonly length: bigint; readonly notation: 0 | 126 | 127 } | undefined;
}

const bytes = fc.uint8Array({ maxLength: 150 });
/** UTF-8 that is none: cut sequences, surrogates, overlong forms, beyond the last plane. */
const badText = fc.constantFrom([0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80, 0x80, 0x80], [0x22, 0xff, 0x22]);
const payload = fc.oneof(
  { weight: 4, arbitrary: clientText.map((text) => new Uint8Array(Buffer.from(text))) },
  { weight: 1, arbitrary: bytes },
  { weight: 1, arbitrary: badText.map((all) => Uint8Array.from(all)) },
);
/** Whole texts most of the time, then fragments of all kinds, then anything. */
const first = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0x81) },
  { weight: 3, arbitrary: fc.constantFrom(0x01, 0x00, 0x80, 0x82, 0x02, 0x88, 0x89, 0x8a, 0x09, 0x08) },
  { weight: 1, arbitrary: fc.nat(255) },
);
const mask = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
const claims = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.record({ length: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), notation: fc.constantFrom(126, 127) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ length: fc.bigInt({ min: 0n, max: 200n }), notation: fc.constantFrom(0, 126, 127) }),
  },
);
const frame = fc.record({ first, mask, payload, claims }) as fc.Arbitrary<RawFrame>;

function bytesOf({ first: opening, mask: key, payload: content, claims: claimed }: RawFrame): Buffer {
  const shortest = content.length > 65_535 ? 127 : content.length > 125 ? 126 : 0;
  const { length, notation } = claimed ?? { length: BigInt(content.length), notation: shortest };
  const head = Buffer.alloc(notation === 127 ? 10 : notation === 126 ? 4 : 2);
  head[0] = opening;
  head[1] = (key ? 0x80 : 0) | (notation || Number(length & 0x7fn));
  if (notation === 126) head.writeUInt16BE(Number(length & 0xffffn), 2);
  if (notation === 127) head.writeBigUInt64BE(length, 2);
  if (!key) return Buffer.concat([head, content]);
  return Buffer.concat([head, Uint8Array.from(key), content.map((byte, i) => byte ^ key[i % 4]!)]);
}

/** Everything that a server answers to these bytes, until it closes; we say nothing more after them. */
function answerTo(port: number, said: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const got: Buffer[] = [];
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error('The server did not close within 20 s.'));
    }, 20_000);
    socket.on('data', (chunk: Buffer) => got.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      resolve(Buffer.concat(got));
    });
    socket.end(said);
  });
}

/** The status of the close frame in a server's frames; undefined where there is none. */
function closeStatus(frames: Buffer): number | undefined {
  for (let at = 0; at + 2 <= frames.length;) {
    const [opening = 0, second = 0] = frames.subarray(at);
    const short = second & 0x7f;
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (at + head > frames.length) return undefined;
    const length =
      short === 127 ? Number(frames.readBigUInt64BE(at + 2)) : short === 126 ? frames.readUInt16BE(at + 2) : short;
    if ((opening & 0x0f) === 8) return length >= 2 ? frames.readUInt16BE(at + head) : 1005;
    at += head + length;
  }
  return undefined;
}

/** Of RFC 6455: said by whoever reads frames. 1000 … 1003 and beyond 2999 may also be a client's own, sent back. */
const statuses = [
  1000,
  1002,
  1003,
  1005,
  1006,
  1007,
  1009,
  1011,
  ...Object.values(errorCodes).map((facts) => facts.closeCode),
];

describe('whatever bytes come', () => {
  test(
    'as WebSocket frames, a server ends the connection with a known status, and stays',
    { timeout: fuzzTimeoutMs },
    async () => {
      const serving = await ServingProcess.start(64);
      await expectModest(serving, () =>
        fc.assert(
          fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 12 }), async (frames) => {
            const echoed = frames.some(({ first: opening }) => (opening & 0x0f) === 8);
            const answer = await answerTo(
              serving.port,
              Buffer.concat([Buffer.from(handshake), ...frames.map(bytesOf)]),
            );
            const text = answer.toString('latin1');
            // Nothing but the handshake's rate stands between a client and its session.
            if (text.startsWith('HTTP/1.1 429')) return;
            expect(text).toMatch(/^HTTP\/1\.1 101 /);
            const status = closeStatus(answer.subarray(answer.indexOf('\r\n\r\n') + 4));
            if (status !== undefined && !echoed) expect(statuses).toContain(status);
            expect(status).not.toBe(errorCodes.INTERNAL.closeCode);
          }),
          { numRuns: Math.ceil(fuzzRuns / 20) },
        ),
      );
    },
  );

  test('in place of a handshake, a server refuses them, and stays', { timeout: fuzzTimeoutMs }, async () => {
    const serving = await ServingProcess.start(64);
    const edits = fc.array(fc.tuple(fc.nat(handshake.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const bent = edits.map((all) => {
      const request = Buffer.from(handshake);
      for (const [at, byte] of all) request[at] = byte;
      return request;
    });
    await expectModest(serving, () =>
      fc.assert(
        fc.asyncProperty(fc.oneof(bent, bytes), async (said) => {
          const answer = await answerTo(serving.port, said);
          // A bent letter of a header that nobody reads bends nothing.
          if (answer.length > 0) expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 (101|200|4\d\d) /);
        }),
        { numRuns: Math.ceil(fuzzRuns / 20) },
      ),
    );
  });
});
