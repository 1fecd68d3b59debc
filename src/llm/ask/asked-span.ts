import type { WindowView } from '../window-frame.ts';
import type { AskedSpan } from './ask-event.ts';

/**
 * What a question about a window is about.
 * @param view - with at least one frame
 * @param since - where the last question that was answered ended, in the epoch at hand, seconds
 */
export function askedSpan(view: WindowView<unknown>, since: number | undefined): Omit<AskedSpan, 'coalesced'> {
  const frames = view.parts.flatMap((part) => (part.type === 'frame' ? [part.frame] : []));
  const last = frames.at(-1);
  let oldestS = last?.atS ?? NaN;
  for (const { atS } of frames.toReversed()) {
    // Time that goes back is another epoch: what was before it has no place on this one's clock.
    if (atS > oldestS) break;
    oldestS = atS;
  }
  return {
    t0: since === undefined ? oldestS : Math.max(since, oldestS),
    t1: last?.untilS ?? NaN,
    tokens: frames.reduce((sum, frame) => sum + frame.tokens, 0),
    ...(last?.wallclockMs !== undefined && { atMs: last.wallclockMs }),
  };
}
