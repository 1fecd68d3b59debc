import { setTimeout as sleep } from 'node:timers/promises';
import { MessageWatch } from './message-watch.mjs';
import { Failed, needs } from './outcome.mjs';
import { PATIENCE_MS, Peer } from './peer.mjs';

/** Tries at a server that says 429: it counts handshakes, and the kit makes many. */
const TRIES = 8;

/**
 * What must not come is waited for through so many round trips, milliseconds apart: a server that is slow to answer has
 * been slow to send it too, and gets as much longer.
 */
const ROUNDS = 5;
const ROUND_MS = 50;

/** The server under test: how to reach it, what it offers, and the sockets that are open to it. */
export class Site {
  /** The stream that is looked at: facts as `welcome` tells them. */
  stream;
  /** The first `welcome`. */
  welcome;
  #url;
  #token;
  /** Holds what the server says against docs/asyncapi.yaml. */
  watch = new MessageWatch();
  #peers = new Set();

  constructor({ url, token }) {
    this.#url = url;
    this.#token = token;
  }

  /** Whether a token was given to connect with. */
  get guarded() {
    return this.#token !== undefined;
  }

  /** Connects with other options than usual; see Peer.open. `token: null` leaves the token out. */
  async knock({ token = this.#token, headers = {}, ...options } = {}) {
    const authorization = token ? { Authorization: `Bearer ${token}` } : {};
    for (let left = TRIES; ; left--) {
      const answer = await Peer.open(this.#url, {
        ...options,
        headers: { ...authorization, ...headers },
        watch: (message) => this.watch.take(message),
      });
      if (answer.refused === 429 && left > 0) {
        await sleep(500);
        continue;
      }
      if (answer instanceof Peer) this.#peers.add(answer);
      return answer;
    }
  }

  /** A session that has heard its welcome. */
  async open(options) {
    const peer = await this.knock(options);
    if (!(peer instanceof Peer)) throw new Failed(`The upgrade was refused with HTTP ${peer.refused}.`);
    await peer.first('welcome');
    return peer;
  }

  /** Subscribes a session of its own to the stream; `peer` where there is one. */
  async follow(options = {}, { peer, stream = this.stream.name } = {}) {
    const session = peer ?? (await this.open());
    session.say({ type: 'subscribe', stream, ...options });
    const answer = () => session.all('subscribed', stream)[0] ?? session.all('error', stream)[0];
    const subscribed = await session.until(answer, '`subscribed`');
    if (subscribed.type === 'error') {
      throw new Failed(
        `\`subscribe ${JSON.stringify(options)}\` was refused: ${subscribed.code} ${subscribed.message}`,
      );
    }
    return { peer: session, subscribed, stream };
  }

  /**
   * Subscribes and takes up to so many packets; fewer where the stream ends or gives no more in time.
   * @returns in addition `packets`; at least `atLeast` or the check is skipped
   */
  async take(options, count, { atLeast = 1, ms = PATIENCE_MS } = {}) {
    const followed = await this.follow(options);
    const { peer, stream } = followed;
    peer.say({ type: 'credit', stream, packets: count });
    await peer.wait(() => peer.packets.length >= count || peer.all('end', stream).length > 0, ms);
    needs(peer.packets.length >= atLeast, `the stream gave ${peer.packets.length} packets, ${atLeast} are needed`);
    return { ...followed, packets: peer.packets.slice(0, count) };
  }

  /** Waits long enough for what must not come to have come, were it sent, and sees that the session lives. */
  async quiet(peer) {
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(ROUND_MS);
      await peer.heard();
    }
  }

  /** Cuts every socket. */
  leave() {
    for (const peer of this.#peers) peer.cut();
    this.#peers.clear();
  }
}
