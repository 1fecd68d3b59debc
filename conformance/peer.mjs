import { clearTimeout } from 'node:timers';
import { WebSocket } from 'ws';
import { Failed } from './outcome.mjs';
import { rawPacket } from './raw-packet.mjs';

/** Longest that a check waits for one thing, milliseconds. */
export const PATIENCE_MS = 5_000;

/** Longest message that is taken: a packet of 1,024 tokens of 8,192 float32 channels fits. */
const MESSAGE_BYTES = 1 << 26;

/** Items that are kept of one socket; whoever sends more without being asked is cut off. */
const ITEMS = 20_000;

/** One socket to the server: says what a check tells it to, and keeps what it gets, in order. Grants nothing by itself. */
export class Peer {
  /** `{message}`: a control message; `{packet}`: a packet (see rawPacket); `{garbage}`: why it is neither. */
  got = [];
  /** `{status, reason}` once the socket is closed. */
  closed;
  /** Pings that it said, by `heard`. */
  pings = 0;
  #socket;
  #waiting = new Set();

  constructor(socket, watch) {
    this.#socket = socket;
    socket.on('message', (data, binary) => this.#take(data, binary, watch));
    socket.on('close', (status, reason) => {
      this.closed = { status, reason: reason.toString() };
      this.#wake();
    });
    socket.on('error', () => undefined);
  }

  /**
   * Connects.
   * @param watch - called with every control message that comes
   * @returns the peer; or `{refused: HTTP status}` where the upgrade was refused
   */
  static async open(url, { protocols = ['framenest.v1'], watch = () => undefined, ...options } = {}) {
    const socket = new WebSocket(url, protocols, {
      ...{ maxPayload: MESSAGE_BYTES, handshakeTimeout: PATIENCE_MS, perMessageDeflate: false },
      ...options,
    });
    // Before the socket is open: the first message may come in the same bytes as the answer to the upgrade.
    const peer = new Peer(socket, watch);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(peer));
      socket.once('error', (error) => reject(new Failed(`Cannot connect to ${url}: ${error.message}.`)));
      socket.once('unexpected-response', (request, { statusCode }) => {
        request.destroy();
        resolve({ refused: statusCode });
      });
    });
  }

  get protocol() {
    return this.#socket.protocol;
  }

  get extensions() {
    return this.#socket.extensions;
  }

  get packets() {
    return this.got.flatMap(({ packet }) => packet ?? []);
  }

  /** Messages of a type that came so far; of one stream, where it is named. */
  all(type, stream) {
    const messages = this.got.flatMap(({ message }) => message ?? []);
    return messages.filter((each) => each.type === type && (stream === undefined || each.stream === stream));
  }

  /** Sends a message; a text or bytes as they are. */
  say(message, options = {}) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const raw = typeof message === 'string' || Buffer.isBuffer(message);
    this.#socket.send(raw ? message : JSON.stringify(message), options);
  }

  /** Sends a ping frame of the WebSocket itself; resolves with the bytes of the pong frame. */
  pingFrame(payload) {
    let answer;
    this.#socket.once('pong', (data) => {
      answer = data;
      this.#wake();
    });
    this.#socket.ping(payload);
    return this.until(() => answer, 'a pong frame');
  }

  /** Waits until `found` returns something, and returns that. @param what - that is waited for, as words */
  async until(found, what, ms = PATIENCE_MS) {
    const value = await this.wait(found, ms);
    if (value) return value;
    throw new Failed(`No ${what} ${this.closed ? 'before the close' : `within ${ms / 1000} s`}; ${this.story()}.`);
  }

  /** Waits until `found` returns something; gives up when the socket closes or the time is over. */
  async wait(found, ms) {
    const end = performance.now() + ms;
    for (let left = ms; ; left = end - performance.now()) {
      const value = found();
      if (value || this.closed || left <= 0) return value;
      await this.#change(left);
    }
  }

  /** The first message of a type; waits for it. */
  first(type, stream) {
    return this.until(() => this.all(type, stream)[0], `\`${type}\``);
  }

  /** Resolves once the server has read all that was said: it answers in order. */
  async heard() {
    const before = this.all('pong').length;
    this.pings++;
    this.say({ type: 'ping' });
    await this.until(() => this.all('pong').length > before, '`pong`');
  }

  /** How the server closed; waits for it. */
  async end() {
    await this.until(() => this.closed, 'close of the socket');
    return this.closed;
  }

  /** What came last, as words. */
  story() {
    const words = this.got.slice(-4).map(({ message, packet, garbage }) => {
      if (garbage) return garbage;
      if (packet) return `packet ${packet.sequence}`;
      return message.type === 'error' ? `error ${message.code}` : message.type;
    });
    const close = this.closed ? [`close ${this.closed.status} ${this.closed.reason}`.trim()] : [];
    return `last came: ${[...words, ...close].join(', ') || 'nothing'}`;
  }

  cut() {
    this.#socket.terminate();
  }

  #take(data, binary, watch) {
    if (this.got.length >= ITEMS) return this.cut();
    try {
      const item = binary ? { packet: rawPacket(data) } : { message: JSON.parse(data.toString()) };
      this.got.push(item);
      if (item.message) watch(item.message);
    } catch (error) {
      this.got.push({ garbage: `${binary ? 'no packet' : 'no JSON'} (${error.message})` });
    }
    this.#wake();
  }

  #change(ms) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
    });
  }

  #wake() {
    for (const done of this.#waiting) done();
  }
}
