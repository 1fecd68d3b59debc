import type { Access } from '../../client/access.ts';
import type { Client } from '../../client/client.ts';
import { connect } from '../../client/connect.ts';
import type { SubscribeOptions } from '../../client/subscribe-options.ts';
import type { Packet, PacketFrame } from '../../media/packet.ts';
import { seconds } from '../../media/timebase.ts';
import type { PictureContent, WindowFrame } from '../window-frame.ts';
import { jpegOfJpeg } from './make-jpeg.ts';
import { PICTURE_EDGE } from './picture-size.ts';
import { requestStill, stillAddress } from './still-request.ts';
import type { ServerStill } from './still-request.ts';
import { uprightPlan } from './upright-picture.ts';

/** Between two questions for a still, milliseconds: a server takes two a second. */
const APART_MS = 500;

/** How to follow a stream by its stills. */
export interface StillOptions extends Access {
  /** A session with that server, which stays open. Default: one of its own. */
  readonly client?: Client;
  /** Where to begin, see `SubscribeOptions`. Stills show what is new: from `live` on (default) they fit the packets. */
  readonly from?: SubscribeOptions['from'];
}

/**
 * A served stream as pictures: its packets, without the values of their tokens, tell when something happened, and the
 * server's stills show it. A still belongs to the frame with its sequence; frames for which there is none cost 1 token and
 * name the picture before them. So a picture is at most twice a second a new one, and up to a second late where the server
 * had none in time. Before the first still nothing is given out.
 *
 * Holds one still beside what is given out. Ends without an error with the stream, or when the signal aborts.
 * @param url - `ws://host:port` or `wss://host:port`
 * @throws FramenestError those of `connect` and `Client.subscribe`; UNAUTHORIZED, STREAM_UNKNOWN
 */
export async function* stillFrames(
  url: string,
  stream: string,
  options: StillOptions,
  signal: AbortSignal,
): AsyncGenerator<WindowFrame<PictureContent>, void, undefined> {
  const { client: given, from = 'live', ...access } = options;
  const client = given ?? (await connect(url, { ...access, signal }));
  const stills = new Stills(stillAddress(url, stream), access, signal);
  try {
    const wish = { from, values: false, layout: 'uniform', signal } as const;
    for await (const item of client.subscribe(stream, wish)) {
      if (item.type !== 'packet') continue;
      const { packet } = item;
      for (const [index, frame] of packet.frames.entries()) {
        const shown = await stills.next(packet, frame, index);
        if (shown) yield shown;
      }
    }
  } finally {
    if (!given) client.close();
  }
}

/** A picture that was given out. */
interface Shown {
  readonly id: string;
  readonly sequence: number;
  readonly content: PictureContent;
}

/** Brings the frames of a stream and its stills together. */
class Stills {
  readonly #address: URL;
  readonly #access: Access;
  readonly #signal: AbortSignal;
  #askedAt = -Infinity;
  #etag: string | undefined;
  /** Came, and its frame did not yet. */
  #waiting: ServerStill | undefined;
  #shown: Shown | undefined;
  /** Of the last frame in which something happened, and the finest scale since a picture was shown. */
  #changedAt = -1;
  #sequence = -1;
  #scale = 1;

  constructor(address: URL, access: Access, signal: AbortSignal) {
    this.#address = address;
    this.#access = access;
    this.#signal = signal;
  }

  /** The frame with its picture; undefined where there is none to show yet. */
  async next(packet: Packet, frame: PacketFrame, index: number): Promise<WindowFrame<PictureContent> | undefined> {
    const { stream, epoch, sequence } = packet.header;
    if (sequence < this.#sequence) this.#startAnew();
    this.#sequence = sequence;
    if (frame.kind !== 'hold') {
      this.#changedAt = sequence;
      this.#scale = Math.max(this.#scale, frame.scale);
    }
    await this.#ask();
    const id = `${stream}/${epoch}/${sequence}${index > 0 ? `/${index}` : ''}`;
    const isNew = await this.#show(id, sequence);
    if (!this.#shown) return undefined;
    const { content } = this.#shown;
    const whole = { ...times(packet, frame), id };
    if (!isNew) return { ...whole, tokens: 1, content: { ...content, sameAs: this.#shown.id } };
    const tokens = this.#scale;
    this.#scale = 1;
    return { ...whole, tokens, content };
  }

  /** The server has lost its numbering: what was shown, and the still that waits, are of before. */
  #startAnew(): void {
    this.#waiting = undefined;
    this.#etag = undefined;
    this.#changedAt = -1;
    if (this.#shown) this.#shown = { ...this.#shown, sequence: -1 };
  }

  /** Gets a still where the picture at hand is older than the last change, though not too often. */
  async #ask(): Promise<void> {
    const wanted = !this.#waiting && (!this.#shown || this.#shown.sequence < this.#changedAt);
    const now = performance.now();
    if (!wanted || now - this.#askedAt < APART_MS) return;
    this.#askedAt = now;
    const answer = await requestStill(this.#address, this.#access, this.#etag, this.#signal);
    if (typeof answer === 'string') return;
    this.#etag = answer.etag;
    this.#waiting = answer;
  }

  /** @returns whether this frame shows a picture that was not shown before */
  async #show(id: string, sequence: number): Promise<boolean> {
    const still = this.#waiting;
    if (!still || still.sequence > sequence) return false;
    this.#waiting = undefined;
    const made = await jpegOfJpeg(still.jpeg, (side) => uprightPlan(side, still.geometry, PICTURE_EDGE)).catch(
      () => undefined,
    );
    if (!made) return false;
    this.#shown = { id, sequence: still.sequence, content: made };
    return true;
  }
}

function times({ header }: Packet, frame: PacketFrame): { atS: number; wallclockMs?: number } {
  const atS = seconds(frame.pts, header.timebase);
  return header.wallclockUs === undefined ? { atS } : { atS, wallclockMs: Number(header.wallclockUs / 1000n) };
}
