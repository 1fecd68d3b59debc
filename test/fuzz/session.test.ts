import { FramenestError, errorCodes } from '#dist/errors.js';
import { parseClientMessage, parseServerMessage } from '#dist/wire/control-message.js';
import { decodePacket } from '#dist/wire/packet-codec.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ServingProcess } from '../faults/serving-process.ts';
import { fuzzRuns, fuzzTimeoutMs } from '../support/fuzz-runs.ts';
import { sleep } from '../support/sleep.ts';
import { clientText } from './client-messages.ts';
import { expectModest } from './modest.ts';

/** What one session ended with: its last `pong`, or how the server closed. */
interface Ended {
  readonly status: number | undefined;
  readonly reason: string;
  /** Codes of the errors that the server told for the whole session. */
  readonly errors: readonly string[];
}

/** Sends it all, then a ping; reads everything that comes, and checks each message. */
async function converse(url: string, said: readonly (string | Uint8Array)[]): Promise<Ended> {
  const socket = await opened(url);
  const errors: string[] = [];
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      socket.terminate();
      reject(new Error('No answer came within 20 s.'));
    }, 20_000);
    const end = (status?: number, reason = ''): void => {
      clearTimeout(late);
      socket.terminate();
      resolve({ status, reason, errors });
    };
    // Of a ping among what was said there is an answer too.
    let pongs = 1 + said.filter(isPing).length;
    socket.on('message', (data: Buffer, binary) => {
      try {
        if (binary) return void decodePacket(data);
        const message = parseServerMessage(data.toString());
        if (message.type === 'error' && message.stream === undefined) errors.push(message.code);
        if (message.type === 'pong' && --pongs === 0) end();
      } catch (thrown) {
        reject(new Error('The server said what a client cannot read.', { cause: thrown }));
        end();
      }
    });
    socket.on('close', (status, reason) => end(status, reason.toString()));
    socket.on('error', () => undefined);
    for (const each of said) socket.send(each);
    socket.send('{"type":"ping"}');
  });
}

function isPing(said: string | Uint8Array): boolean {
  try {
    return typeof said === 'string' && parseClientMessage(wellFormed(said)).type === 'ping';
  } catch {
    return false;
  }
}

/** As UTF-8 carries it. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

/** An open socket; waits where too many were opened in a short time. */
async function opened(url: string): Promise<WebSocket> {
  for (;;) {
    const socket = new WebSocket(url, 'framenest.v1');
    const refused = await new Promise<Error | undefined>((resolve) => {
      socket.once('open', () => resolve(undefined));
      socket.once('error', resolve);
    });
    if (!refused) return socket;
    if (!refused.message.includes('429')) throw refused;
    await sleep(200);
  }
}

describe('whatever a client says', () => {
  test(
    'it is understood, or refused with a code; nothing is added to other objects',
    { timeout: fuzzTimeoutMs },
    () => {
      const before = Object.getOwnPropertyNames(Object.prototype);
      fc.assert(
        fc.property(clientText, (text) => {
          try {
            parseClientMessage(text);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(FramenestError);
            expect(['PROTOCOL_VIOLATION', 'WIRE_LIMIT']).toContain((thrown as FramenestError).code);
          }
        }),
        { numRuns: fuzzRuns },
      );
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    },
  );

  test(
    'and in whatever order, a server obeys or closes with a code, and stays',
    { timeout: fuzzTimeoutMs },
    async () => {
      const serving = await ServingProcess.start(64);
      const said = fc.oneof(
        { weight: 15, arbitrary: clientText },
        { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
        { weight: 1, arbitrary: fc.constantFrom(' '.repeat(16_385), 'x'.repeat(65_536), '['.repeat(65_537)) },
      );
      await expectModest(serving, () =>
        fc.assert(
          fc.asyncProperty(fc.array(said, { minLength: 1, maxLength: 20 }), async (all) => {
            const { status, reason, errors } = await converse(serving.url, all);
            if (status === undefined) return;
            // A frame that is longer than any message is refused before it is read.
            if (status === 1009 && reason === '') {
              expect(all.some(({ length }) => length >= 65_536)).toBe(true);
              return;
            }
            expect(errors).toEqual([reason]);
            expect(reason).not.toBe('INTERNAL');
            expect(status).toBe(errorCodes[reason as keyof typeof errorCodes].closeCode);
          }),
          { numRuns: Math.ceil(fuzzRuns / 20) },
        ),
      );
    },
  );
});
