import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/** Every socket of a process reads into this: a chunk is looked at before the next one is read. */
const chunk = Buffer.allocUnsafe(1 << 20);

/** Bytes of a message's start that are kept for whoever wants to read them. */
const HEAD_BYTES = 1024;

const TEXT = 1;
const BINARY = 2;
const PING = 9;
const PONG = 10;

/**
 * A WebSocket client that puts no message together and copies nothing: 500 of them take less time than the server
 * that they measure. Servers do not mask, and send whole messages.
 */
export class ThinSocket {
  /** Of packets, so far. */
  bytes = 0;
  #socket;
  #events;
  #greeted = false;
  /** What came of a frame's header, or of the HTTP answer, until it is whole. */
  #pending = Buffer.alloc(0);
  #opcode = 0;
  #left = 0;
  #head = [];
  #headBytes = 0;

  /** @param events - onText(text) and onMessage(head: Buffer, the first KiB of the message), at their ends */
  constructor(url, protocol, events) {
    const { hostname, port, host } = new URL(url);
    this.#events = events;
    this.#socket = connect({
      ...{ host: hostname, port: Number(port) },
      onread: {
        buffer: chunk,
        callback: (length) => {
          this.#take(chunk.subarray(0, length));
          return true;
        },
      },
    });
    this.#socket.on('error', () => this.#socket.destroy());
    const key = randomBytes(16).toString('base64');
    const asks = protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : '';
    this.#socket.write(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${asks}\r\n`,
    );
  }

  /** Reads nothing any more, as a client that hangs. */
  hang() {
    this.#socket.pause();
  }

  close() {
    this.#socket.destroy();
  }

  say(message) {
    this.#write(TEXT, Buffer.from(JSON.stringify(message)));
  }

  #write(opcode, payload) {
    const long = payload.length > 125;
    const header = Buffer.alloc(long ? 8 : 6);
    header[0] = 0x80 | opcode;
    // Masked with zeros: the payload stays as it is.
    header[1] = 0x80 | (long ? 126 : payload.length);
    if (long) header.writeUInt16BE(payload.length, 2);
    this.#socket.write(Buffer.concat([header, payload]));
  }

  #take(data) {
    let at = 0;
    while (at < data.length) {
      if (this.#left > 0) at = this.#takePayload(data, at);
      else at = this.#takeHeader(data, at);
    }
  }

  #takePayload(data, at) {
    const end = Math.min(data.length, at + this.#left);
    const most = this.#opcode === BINARY ? HEAD_BYTES - this.#headBytes : this.#left;
    if (most > 0) {
      const head = Buffer.from(data.subarray(at, Math.min(end, at + most)));
      this.#head.push(head);
      this.#headBytes += head.length;
    }
    this.#left -= end - at;
    if (this.#opcode === BINARY) this.bytes += end - at;
    if (this.#left === 0) this.#finish();
    return end;
  }

  #takeHeader(data, at) {
    const before = this.#pending.length;
    const all = before ? Buffer.concat([this.#pending, data.subarray(at)]) : data.subarray(at);
    const length = this.#greeted ? frameHeaderBytes(all) : all.indexOf('\r\n\r\n') + 4;
    if (length < 4 - (this.#greeted ? 2 : 0) || length > all.length) {
      this.#pending = Buffer.from(all);
      return data.length;
    }
    this.#pending = Buffer.alloc(0);
    if (this.#greeted) this.#begin(all);
    else if (!all.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'))) {
      throw new Error(`No WebSocket: ${all.subarray(0, 80).toString()}`);
    }
    this.#greeted = true;
    return at + length - before;
  }

  #begin(header) {
    const short = header[1] & 0x7f;
    this.#opcode = header[0] & 0x0f;
    this.#left = short === 127 ? header.readUIntBE(4, 6) : short === 126 ? header.readUInt16BE(2) : short;
    this.#head = [];
    this.#headBytes = 0;
    if (this.#left === 0) this.#finish();
  }

  #finish() {
    const head = Buffer.concat(this.#head);
    if (this.#opcode === TEXT) return this.#events.onText?.(head.toString());
    if (this.#opcode === PING) return this.#write(PONG, head);
    if (this.#opcode !== BINARY) return undefined;
    return this.#events.onMessage?.(head);
  }
}

/** Bytes of the frame header at the start, or 0 where more must come before that is known. */
function frameHeaderBytes(data) {
  if (data.length < 2) return 0;
  const short = data[1] & 0x7f;
  return 2 + (short === 127 ? 8 : short === 126 ? 2 : 0);
}
