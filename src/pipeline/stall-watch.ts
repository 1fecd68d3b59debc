import type { FrameSource } from '../media/frame-source.ts';

/** Looks at the source so many times in one stall time. */
const LOOKS = 8;

/** What a watch tells. */
export interface StallEvents {
  /** Frames come: the first, or again after a stall. */
  readonly flowing: () => void;
  /** No frame was decoded for half of the stall time. */
  readonly stalled: () => void;
  /** None for the whole of it; told once, and the watch is over. */
  readonly lost: () => void;
}

/**
 * Watches a source by the frames that it decodes, whether sampling keeps them or not: a camera that is asked for one
 * frame a minute is as alive as its decoder. Off by up to an eighth of the stall time.
 * @param stallS - seconds without a decoded frame after which the source is lost, > 0
 * @returns ends the watch
 */
export function watchStall(source: FrameSource, stallS: number, events: StallEvents): () => void {
  let decoded = 0;
  let movedAt = performance.now();
  let state: 'waiting' | 'flowing' | 'stalled' = 'waiting';
  const look = (): void => {
    const idleS = (performance.now() - movedAt) / 1000;
    if (source.counts.decoded !== decoded) {
      decoded = source.counts.decoded;
      movedAt = performance.now();
      if (state !== 'flowing') events.flowing();
      state = 'flowing';
    } else if (idleS >= stallS) {
      clearInterval(timer);
      events.lost();
    } else if (idleS >= stallS / 2 && state !== 'stalled') {
      state = 'stalled';
      events.stalled();
    }
  };
  const timer = setInterval(look, Math.min(1000, (stallS * 1000) / LOOKS));
  return () => clearInterval(timer);
}
