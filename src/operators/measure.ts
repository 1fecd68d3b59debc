import { tap } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { NestedFrame } from './records.ts';

/**
 * Running counts of one stream, over all its epochs. Changed by the pipeline alone; read them at any time.
 * What was taken is packed, lost, or in flight.
 */
export class StreamCounts {
  /** Frames that the pipeline took from the decoder. */
  taken = 0;
  /** Frames that became packets. */
  frames = 0;
  tokens = 0;
  /** Frames that were held: no encoder run. */
  held = 0;
  cuts = 0;
  /** Frames that were taken when their pipeline broke off: no packet will come of them. */
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

  /** Adds one frame. */
  add({ frame, change, choice, scale, tokens, channels }: NestedFrame): void {
    this.frames++;
    this.tokens += tokens.length / channels;
    this.held += choice.scale === undefined ? 1 : 0;
    this.cuts += change.cut ? 1 : 0;
    this.dropped += frame.droppedBefore;
    this.scales.set(scale, (this.scales.get(scale) ?? 0) + 1);
  }
}

/** Counts what passes and changes nothing. */
export function measure(counts: StreamCounts): MonoTypeOperatorFunction<NestedFrame> {
  return tap((frame) => counts.add(frame));
}
