import { FramenestError } from '../../errors.ts';
import type { WindowFrame } from '../window-frame.ts';

/** Where a frame stands among the frames of a window. */
export interface FrameSeat {
  /** Counts up where the stream's time starts anew: a new epoch, or time that went back. */
  readonly segment: number;
  /** Seconds on a clock that never goes back. */
  readonly clockS: number;
  /** How often the stream has begun to number its packets anew. */
  readonly run: number;
}

type Timed = Pick<WindowFrame<unknown>, 'id' | 'atS' | 'wallclockMs'>;

interface Last extends Timed, FrameSeat {
  readonly name: string;
  /** Epoch, sequence, and place in the packet. */
  readonly numbers: readonly number[];
}

/**
 * Tells frames that are new from those that came before, by their ids: `NAME/EPOCH/SEQUENCE`, with `/PLACE` where a packet
 * had several frames. A frame that is not after the last one came before, unless its wall clock is later: then the server
 * has lost its numbering, and a new run begins. Of ids of another form only the last one is compared.
 */
export class FrameOrder {
  #last: Last | undefined;

  /**
   * The next frame.
   * @returns undefined where it came before
   * @throws FramenestError OPTION_INVALID where it is of another stream, or has no time
   */
  next(frame: Timed): FrameSeat | undefined {
    if (!Number.isFinite(frame.atS)) throw unfit(`Frame ${frame.id} has no time, but ${frame.atS}.`);
    const { name, numbers } = parsed(frame.id);
    const last = this.#last;
    if (!last) return this.#take({ ...frame, name, numbers, segment: 0, clockS: frame.atS, run: 0 });
    if (name !== last.name) throw unfit(`Frame ${frame.id} is of another stream than ${last.id}.`);
    const order = compare(numbers, last.numbers);
    const renumbered = order < 0 && laterMs(frame, last) > 0;
    if (frame.id === last.id || (order < 0 && !renumbered)) return undefined;
    const run = last.run + (renumbered ? 1 : 0);
    if (startsAnew(last, frame, numbers, renumbered)) {
      const clockS = last.clockS + Math.max(0, laterMs(frame, last)) / 1000;
      return this.#take({ ...frame, name, numbers, segment: last.segment + 1, clockS, run });
    }
    return this.#take({
      ...frame,
      name,
      numbers,
      segment: last.segment,
      clockS: last.clockS + frame.atS - last.atS,
      run,
    });
  }

  #take(frame: Last): FrameSeat {
    const { id, atS, wallclockMs, name, numbers, segment, clockS, run } = frame;
    this.#last = { id, atS, name, numbers, segment, clockS, run, ...(wallclockMs !== undefined && { wallclockMs }) };
    return this.#last;
  }
}

function startsAnew(last: Last, { atS }: Timed, [epoch]: readonly number[], renumbered: boolean): boolean {
  return renumbered || epoch !== last.numbers[0] || atS < last.atS;
}

function parsed(id: string): { name: string; numbers: number[] } {
  const [, name, ...numbers] = /^(.*?)\/(\d+)\/(\d+)(?:\/(\d+))?$/.exec(id) ?? [];
  return { name: name ?? '', numbers: numbers.map((digits: string | undefined) => Number(digits ?? 0)) };
}

/** Below 0: `a` is before `b`. Lists of different length are of ids without numbers: neither is. */
function compare(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((number, i) => number !== b[i]);
  return (a[differs] ?? 0) - (b[differs] ?? 0);
}

/** Milliseconds of wall clock between two frames; 0 where it is not known. */
function laterMs({ wallclockMs }: Timed, last: Timed): number {
  return wallclockMs === undefined || last.wallclockMs === undefined ? 0 : wallclockMs - last.wallclockMs;
}

function unfit(what: string): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what,
    mend: 'Give a window the frames of one stream, in their order.',
  });
}
