import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Client } from '#dist/client/client.js';
import { connect } from '#dist/client/connect.js';
import { Link } from '#dist/client/link.js';
import { FramenestError, errorCodes } from '#dist/errors.js';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { fuzzRuns, fuzzTimeoutMs } from '../support/fuzz-runs.ts';
import { RawServer, tinyPacket, welcomeTo } from '../support/raw-server.ts';
import { until } from '../support/sleep.ts';

const stream = fc.constantFrom('a', 'b', '', 'c');
const count = fc.oneof(fc.nat(6), fc.integer(), fc.constantFrom(2 ** 53, 1e300, -0));
// But for INTERNAL, which would be a defect of ours.
const codes = Object.keys(errorCodes).filter((name) => name !== 'INTERNAL');
const code = fc.constantFrom<unknown>(...codes, 'NO_CODE', 7);

/** Messages as a server might say them, right or nearly so. */
const nearly = fc.oneof(
  fc.record({ type: fc.constant('subscribed'), stream, next: count, ladder: fc.array(count, { maxLength: 3 }) }),
  fc.record({
    type: fc.constant('gap'),
    stream,
    from: count,
    to: count,
    frames: count,
    reason: fc.constantFrom('slow', 'lost', 'x'),
  }),
  fc.record({
    type: fc.constant('demoted'),
    stream,
    maxScale: count,
    reason: fc.constantFrom('behind', 'restored', 'x'),
  }),
  fc.record({ type: fc.constant('acked'), stream, sequence: count }),
  fc.record({ type: fc.constant('end'), stream, packets: count, frames: count, tokens: count }),
  fc.record({
    type: fc.constant('state'),
    stream,
    state: fc.constantFrom('live', 'ended', 'x'),
    sinceMs: count,
    epoch: count,
    failures: count,
  }),
  fc.record({ type: fc.constant('goaway'), timeLeftMs: count }),
  fc.record(
    { type: fc.constant('error'), code, message: fc.string(), mend: fc.string(), retryable: fc.boolean(), stream },
    { requiredKeys: ['type', 'code', 'message', 'mend', 'retryable'] },
  ),
  fc.record({ type: fc.constantFrom('listening', 'pong', 'welcome', 'streams', 'event', 'state', 'x') }),
  fc.constant({ type: 'streams', streams: [] }),
);

/** A right packet with some of its bytes changed, or cut. */
const damaged = fc
  .tuple(fc.nat(4), fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 3 }), fc.nat(700))
  .map(([sequence, changes, length]) => {
    const bytes = tinyPacket('a', sequence);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return length % 3 === 0 ? bytes.slice(0, length) : bytes;
  });

const message: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 5, arbitrary: nearly.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.nat(3).map((sequence) => tinyPacket('a', sequence)) },
  { weight: 2, arbitrary: damaged },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
);

test(
  'whatever a server says, a client takes it in or refuses it with a code, and keeps little of it',
  { timeout: fuzzTimeoutMs },
  async () => {
    const server = await RawServer.start(welcomeTo('a', 'b'));
    // A link of its own, so that clients can be fed without a socket each: a million inputs need that.
    let welcomed = false;
    const events = { onMessage: () => undefined, onLost: () => undefined, onOver: () => undefined };
    const patience = { timeoutMs: 20_000, heartbeatMs: 60_000 };
    const link = new Link(
      server.url,
      { ...patience, reconnect: false },
      { ...events, onOpen: () => (welcomed = true) },
    );
    onTestFinished(() => link.close(new FramenestError('ABORTED', { what: '', mend: '' })));
    await until(() => welcomed);
    server.socket.removeAllListeners('message');
    const answer = JSON.stringify({ type: 'subscribed', stream: 'a', next: 0, ladder: [1] });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 12 }), fc.boolean(), async (said, answered) => {
        const client = new Client(link, false);
        const items = client.rebuilt('a', { from: 'start', window: 4 });
        const ending = drained(items);
        const listening = drained(client.events());
        let refused: unknown;
        try {
          if (answered) client.receive(answer);
          for (const each of said) client.receive(typeof each === 'string' ? each : each.slice().buffer);
        } catch (thrown) {
          refused = thrown;
          expect(thrown).toBeInstanceOf(FramenestError);
          expect((thrown as FramenestError).code).not.toBe('INTERNAL');
          client.fail(thrown as FramenestError);
        }
        client.disconnected();
        if (refused === undefined) client.fail(new FramenestError('CONNECTION_LOST', { what: '', mend: '' }));
        // Both loops end, and never with anything but a code.
        for (const end of await Promise.all([ending, listening])) {
          if (end !== undefined) expect(end).toBeInstanceOf(FramenestError);
        }
      }),
      { numRuns: Math.max(200, Math.round(fuzzRuns / 8)) },
    );
  },
);

/** What a loop ends with. */
async function drained(items: AsyncGenerator): Promise<unknown> {
  try {
    while (!(await items.next()).done);
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

/** A server that answers the handshake and then sends these bytes as they are, and closes. */
async function bytesServer(bytes: () => Uint8Array): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', (request) => {
      const key = /sec-websocket-key: (\S+)/i.exec(request.toString())?.[1] ?? '';
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
      head.push(`Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: framenest.v1', '', '');
      socket.write(head.join('\r\n'));
      const welcome = Buffer.from(JSON.stringify(welcomeTo('a')));
      socket.write(Buffer.concat([Buffer.from([0x81, 126, welcome.length >> 8, welcome.length & 255]), welcome]));
      socket.end(bytes());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('whatever bytes come in place of frames, a client ends with a code', { timeout: fuzzTimeoutMs }, async () => {
  let next = new Uint8Array(0);
  const url = await bytesServer(() => next);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      next = bytes;
      const client = await connect(url, { reconnect: false });
      const end = await drained(client.subscribe('a'));
      expect(end).toBeInstanceOf(FramenestError);
      expect((end as FramenestError).code).not.toBe('INTERNAL');
    }),
    { numRuns: Math.max(60, Math.round(fuzzRuns / 100)) },
  );
});

test('a frame longer than 64 MiB costs the connection at its first bytes: WIRE_LIMIT', async () => {
  const url = await bytesServer(() => Uint8Array.of(0x82, 127, 0, 0, 0, 0, 0x10, 0, 0, 0));
  const client = await connect(url, { reconnect: { firstMs: 1, mostMs: 1 } });
  expect(await drained(client.subscribe('a'))).toMatchObject({ code: 'WIRE_LIMIT', retryable: false });
});
