import type { Packet } from '../media/packet.ts';
import { seconds } from '../media/timebase.ts';
import { OwedBlocks } from './owed-blocks.ts';
import type { HeldGrid, PacketView } from './packet-view.ts';
import { TokenBucket } from './token-bucket.ts';

/** The ceiling of one subscriber. */
export interface ThrottleOptions {
  /** Tokens a second of media time, > 0. Default: no ceiling. */
  readonly tokensPerSecond?: number | undefined;
  /** What may be saved up for a burst, seconds of the ceiling, > 0. Default 2. */
  readonly burstS?: number | undefined;
}

/** What holds for one packet. */
export interface ThrottleLimits {
  /** Most tokens of a scale, for now: the subscriber was demoted. */
  readonly maxScale?: number | undefined;
}

/**
 * A view under a ceiling on tokens a second, and under demotions that come and go. Of one subscriber: it knows what this one
 * was told too coarsely, and tells it as soon as the bucket or the demotion lets it, the newest change first; so a scene
 * that comes to rest becomes sharp again. With nothing in its way it gives what the view gives, byte for byte.
 *
 * Bound: in any T seconds at most `tokensPerSecond × (T + burstS)` tokens, and one token for each frame that came to an empty
 * bucket: no frame vanishes. Over epochs too, where the time between two of them counts as none.
 *
 * A hold that brings owed blocks is a `tree` (in a uniform layout: `uniform`) frame. A block can be told anew only where the
 * burst has room for its children and one token more; where the frame's own token lies around it, for the siblings between
 * the two as well (at most 15 tokens for a ladder 1, 9, 36, 144).
 */
export class Throttle {
  readonly #view: PacketView;
  readonly #bucket: TokenBucket;
  readonly #owed: OwedBlocks;
  #epoch: number | undefined;

  constructor(view: PacketView, { tokensPerSecond = Infinity, burstS = 2 }: ThrottleOptions = {}) {
    this.#view = view;
    this.#bucket = new TokenBucket(tokensPerSecond, burstS);
    this.#owed = new OwedBlocks(view.scales);
  }

  /** Blocks that the subscriber was told too coarsely, 0 where it holds what the view's own receiver would. */
  get owed(): number {
    return this.#owed.size;
  }

  /**
   * The next packet as its subscriber gets it, in order of sequence.
   * @param grid - X̂ after this packet. Without it a stream in the uniform layout is kept below the ceiling, and what was
   * told too coarsely comes with the next frame that changes; in the tree layout it is needed
   * @returns as {@link PacketView.show}
   * @throws FramenestError WIRE_MALFORMED where the packet does not fit the stream
   */
  show(packet: Packet, grid: HeldGrid, { maxScale = Infinity }: ThrottleLimits = {}): Packet {
    const most = this.#allow(packet);
    const level = this.#view.levelWithin(maxScale);
    const told = this.#view.told(packet, grid);
    // Their means may be wrong from now on: a view that is coarse there tells of changes inside them as of the whole.
    this.#owed.forget((block) => !this.#view.looksInto(block));
    if (told) return this.#spent(this.#view.tell(packet, grid, this.#owed.fit(told, level, most)));
    return this.#spent(this.#whole(packet, grid, Math.min(level, this.#view.levelWithin(most))));
  }

  /**
   * In place of `show`: the whole grid, at the largest scale that fits, and the rest of it owed.
   * @param grid - X̂ after this packet
   * @returns as {@link PacketView.keyPacket}
   * @throws FramenestError WIRE_MALFORMED where the packet does not fit the stream
   */
  keyPacket(packet: Packet, grid: HeldGrid, { maxScale = Infinity }: ThrottleLimits = {}): Packet {
    const allowed = this.#allow(packet);
    const most = Math.min(maxScale, allowed);
    this.#owed.clear();
    const told = this.#view.toldByKey?.(packet, grid);
    if (told) {
      const level = this.#view.levelWithin(maxScale);
      return this.#spent(this.#view.tell(packet, grid, this.#owed.fit(told, level, allowed)));
    }
    this.#owed.whole(this.#view.levelWithin(most), this.#view.ladder.length - 1);
    return this.#spent(this.#view.keyPacket(packet, grid, most));
  }

  #whole(packet: Packet, grid: HeldGrid, limit: number): Packet {
    const changed = this.#view.wholeLevel(packet);
    const level = Math.min(limit, this.#owed.finest);
    if (grid && level > (changed ?? 0) && this.#owed.between(changed ?? 0, level)) {
      this.#owed.whole(level, level);
      return this.#view.keyPacket(packet, grid, this.#view.ladder[level]);
    }
    if (changed !== undefined) this.#owed.whole(Math.min(limit, changed), changed);
    return this.#view.show(packet, grid, this.#view.ladder[limit]);
  }

  #allow({ header, frames }: Packet): number {
    if (header.epoch !== this.#epoch) {
      this.#owed.clear();
      this.#bucket.restart();
    }
    this.#epoch = header.epoch;
    return this.#bucket.allow(seconds(frames[0]?.pts ?? 0n, header.timebase));
  }

  #spent(shown: Packet): Packet {
    this.#bucket.spend(shown.frames[0]?.tokens ?? 0);
    return shown;
  }
}
