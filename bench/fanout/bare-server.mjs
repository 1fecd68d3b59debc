// The rival in a process of its own: `ws` alone, which sends every message to every socket.
import { clearInterval, setImmediate, setInterval } from 'node:timers';
import { encodePacket } from 'framenest';
import { WebSocketServer } from 'ws';
import { answer } from './parent.mjs';

/** Different messages, as many as a stream of ours keeps: none stays in a cache of the processor by itself. */
const MESSAGES = 64;

/** Broadcasts that may be on their way: the next one begins when the one before the last has left. */
const AHEAD = 2;

const messages = Array.from({ length: MESSAGES }, (_, sequence) => {
  const tokens = Uint8Array.from({ length: 144 * 576 * 2 }, (_unused, i) => (i * 31 + sequence) & 0x3f);
  const frame = { pts: 0n, kind: 'uniform', scale: 144, change: 0, droppedBefore: 0, tokens: 144 };
  const timebase = { num: 1, den: 1000 };
  const header = { stream: 'flow', sequence, timebase, encoder: 'sha256:none', stage: 'pre', epoch: 0 };
  return encodePacket({ header, frames: [frame], dtype: 'F16', channels: 576, tokens });
});

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
await new Promise((resolve) => server.once('listening', resolve));

let on = false;
let sequence = 0;
let onTheirWay = 0;

function broadcast() {
  while (on && onTheirWay < AHEAD) {
    // Not at once: sockets that take everything without waiting would let nothing else run.
    send(() => setImmediate(broadcast));
  }
}

function send(done) {
  if (onTheirWay >= AHEAD) return;
  const message = messages[sequence++ % MESSAGES];
  let left = server.clients.size;
  onTheirWay++;
  for (const client of server.clients) {
    client.send(message, { binary: true }, () => {
      if (--left > 0) return;
      onTheirWay--;
      done();
    });
  }
}

/** One message to every socket, so many times a second; a beat is left out where the last but one is still on its way. */
let beats;
function pace(perSecond) {
  clearInterval(beats);
  if (perSecond > 0) beats = setInterval(() => send(() => undefined), 1000 / perSecond);
}

answer(`ws://127.0.0.1:${server.address().port}`, {
  run: (given) => {
    on = given;
    broadcast();
  },
  pace,
});
