import type { WindowFrame } from '../window-frame.ts';

/** Whether a question about a stream without an end has seen enough to be asked, frame by frame. */
export type Enough = (frame: WindowFrame<unknown>) => boolean;

/**
 * After so many seconds of the stream's own time, from its first frame; anew where another epoch begins.
 * @param spanS - seconds, ≥ 0
 */
export function gathered(spanS: number): Enough {
  let firstS = NaN;
  let lastS = NaN;
  return ({ atS }) => {
    if (!(atS >= lastS)) firstS = atS;
    lastS = atS;
    return atS - firstS >= spanS;
  };
}

/**
 * At the first frame that was made at that time or later: what the stream had kept has been read. At once where frames
 * carry no time of day.
 * @param sinceMs - Unix time, milliseconds
 */
export function caughtUp(sinceMs: number): Enough {
  return ({ wallclockMs = sinceMs }) => wallclockMs >= sinceMs;
}
