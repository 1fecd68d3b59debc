import { tap } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { FrameSource, SourceCounts } from '../media/frame-source.ts';
import type { NestedFrame } from './records.ts';

/**
 * Running counts of one stream, over all its epochs. Changed by the pipeline alone; read them at any time. Once a
 * connection has ended, every frame that its source gave out is in `frames`, `dropped` or `lost`.
 */
export class StreamCounts {
  /** Frames that the pipeline has taken from the decoder and not yet packed. */
  inFlight = 0;
  /** Frames that became packets. */
  frames = 0;
  tokens = 0;
  /** Frames that were held: no encoder run. */
  held = 0;
  cuts = 0;
  /** Frames decoded and on their way when their connection broke off: no packet will come of them. */
  lost = 0;
  /** Frames let go at the live edge. */
  dropped = 0;
  /** Times that a camera's clock jumped and was set straight. */
  clockJumps = 0;
  /** Frames by the tokens of their scale, of a tree its finest; holds are counted under 1. */
  readonly scales = new Map<number, number>();

  /** Frames for which the vision encoder ran. */
  get encoderRuns(): number {
    return this.frames - this.held;
  }

  /**
   * A connection begins. The answer is called when it has ended: what its source gave out and nobody packed or counted as
   * dropped is lost.
   */
  begin(source: Pick<FrameSource, 'counts'>): () => void {
    const open = (): number => given(source.counts) - this.frames - this.dropped - this.lost;
    const before = open();
    return () => {
      this.lost += Math.max(0, open() - before);
      this.inFlight = 0;
    };
  }

  /** Adds one frame. */
  add({ frame, change, choice, scale, tokens, channels }: NestedFrame): void {
    this.inFlight--;
    this.frames++;
    this.tokens += tokens.length / channels;
    this.held += choice.scale === undefined ? 1 : 0;
    this.cuts += change.cut ? 1 : 0;
    this.dropped += frame.droppedBefore;
    this.scales.set(scale, (this.scales.get(scale) ?? 0) + 1);
  }
}

/** Frames that a source has given out, or has on their way out. */
function given({ decoded, discarded, skipped }: SourceCounts): number {
  return decoded - discarded - skipped;
}

/** Counts what passes and changes nothing. */
export function measure(counts: StreamCounts): MonoTypeOperatorFunction<NestedFrame> {
  return tap((frame) => counts.add(frame));
}
