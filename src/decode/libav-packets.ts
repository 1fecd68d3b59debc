import { setTimeout as sleep } from 'node:timers/promises';
import { AVERROR_EAGAIN } from 'node-av/constants';
import type { FormatContext, Packet } from 'node-av/lib';
import type { LogWatch } from './libav-log-watch.ts';

/** How one packet was read. */
export interface PacketRead {
  /** FFmpeg's: below 0 there is no packet, and none will follow. */
  readonly result: number;
  /** A loss was told while it was read. */
  readonly lossy: boolean;
  /** What came between it and the packet before was left out, for it can be decoded alone: the codec must forget. */
  readonly afresh: boolean;
}

/** Where a reader gets its packets. One `read` at a time. */
export interface PacketFeed {
  /** Packets that were read from the input and wait: pictures of those before them are no longer the newest. */
  readonly waiting: number;
  /** Moves the next packet into an empty one. Waits until there is one, or reading was broken off. */
  read(into: Packet): Promise<PacketRead>;
  /** Gives nothing more: a `read` that waits ends. Settles once no call of libav is running. */
  stop(): Promise<void>;
}

/** The packets of a container as they are asked for. */
export class DirectPackets implements PacketFeed {
  readonly waiting = 0;
  readonly #container: FormatContext;
  readonly #watch: LogWatch | undefined;
  #stopped = false;
  #reading: Promise<unknown> = Promise.resolve();

  /** @param watch - hears what libav logs of losses, where somebody listens */
  constructor(container: FormatContext, watch: LogWatch | undefined) {
    this.#container = container;
    this.#watch = watch;
  }

  read(into: Packet): Promise<PacketRead> {
    const read = this.#read(into);
    this.#reading = read;
    return read;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#container.interrupt();
    await this.#reading.catch(() => undefined);
  }

  async #read(into: Packet): Promise<PacketRead> {
    for (;;) {
      const result = await this.#container.readFrame(into);
      const lossy = (await this.#watch?.heardLoss()) ?? false;
      if (result !== AVERROR_EAGAIN || this.#stopped) return { result, lossy, afresh: false };
      await sleep(2);
    }
  }
}
